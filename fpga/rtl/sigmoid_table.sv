// Bias code to threshold: a table of 256 line segments, loaded by the host. Four clocks, one code per clock.
//   word  = {slope[14:0], base[16:0]}   base: threshold at the segment's start; slope: signed rise over the segment
//   thr   = base + floor((slope * code[7:0] + 128) / 256)   with the segment code[15:8]
`default_nettype none
module sigmoid_table #(
    parameter int TW = 16,            // fraction bits of a threshold; at most 16
    parameter int IW = 6              // bits of a neuron's index
) (
    input  wire           clk_i,
    input  wire           rst_ni,
    input  wire           table_we_i,
    input  wire  [7:0]    table_addr_i,
    input  wire  [31:0]   table_data_i,
    input  wire           code_we_i,   // look code_i up for neuron index_i
    input  wire  [IW-1:0] index_i,
    input  wire  [15:0]   code_i,      // weight 1/256 of a segment
    output wire           busy_o,      // a code is on its way
    output wire           thr_we_o,
    output wire  [IW-1:0] thr_index_o,
    output wire  [TW:0]   thr_o
);
  logic [31:0] segments [256];
  logic [31:0] looked_up_q, word_q;  // block memory, then its output register: the memory alone takes half a clock
  logic [7:0] fraction1_q, fraction2_q;
  logic [16:0] base_q;
  logic signed [23:0] rise_q;  // slope * fraction, weight 1/256 of a threshold step
  logic [IW-1:0] index1_q, index2_q, index3_q;
  logic valid1_q, valid2_q, valid3_q;

  wire signed [14:0] slope = word_q[31:17];
  wire signed [8:0] fraction = {1'b0, fraction2_q};

  always_ff @(posedge clk_i) begin
    if (table_we_i) segments[table_addr_i] <= table_data_i;
    looked_up_q <= segments[code_i[15:8]];
    fraction1_q <= code_i[7:0];
    index1_q <= index_i;
    word_q <= looked_up_q;
    fraction2_q <= fraction1_q;
    index2_q <= index1_q;
    base_q <= word_q[16:0];
    rise_q <= slope * fraction;
    index3_q <= index2_q;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
    end else begin
      valid1_q <= code_we_i;
      valid2_q <= valid1_q;
      valid3_q <= valid2_q;
    end
  end

  /* verilator lint_off UNUSEDSIGNAL */  // the fraction below one threshold step is rounded away
  wire signed [23:0] rounded = rise_q + 24'sd128;
  /* verilator lint_on UNUSEDSIGNAL */
  wire [16:0] sum = base_q + {rounded[23], rounded[23:8]};
  assign busy_o = valid1_q | valid2_q | valid3_q;
  assign thr_we_o = valid3_q;
  assign thr_index_o = index3_q;
  assign thr_o = sum[TW:0];
endmodule
`default_nettype wire
