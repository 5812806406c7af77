// N p-bits, one xoshiro128+ generator each: in a sampled clock, state_o[i] <= (upper TW bits of word i < threshold i).
// Threshold 0 never gives 1, threshold 2^TW always does: thresholds carry TW+1 bits so that p = 1 exists.
// Every generator draws once per sampled clock and once per draw_i, whether its word is used or not; nothing else draws.
`default_nettype none
module pbit_array #(
    parameter int N  = 64,  // neurons, a power of two from 2 to 64
    parameter int TW = 16,  // fraction bits of a threshold
    localparam int IW = $clog2(N)
) (
    input  wire            clk_i,
    input  wire            rst_ni,
    input  wire            run_i,         // sample for run_clocks_i clocks, then stand still
    input  wire  [31:0]    run_clocks_i,
    input  wire            draw_i,        // draw once without sampling; never high during a run
    input  wire            seed_en_i,     // shift the seed chain by one word; never high during a run
    input  wire  [31:0]    seed_i,
    output wire  [31:0]    seed_o,        // the word that the next shift drops
    input  wire            table_we_i,
    input  wire  [7:0]     table_addr_i,
    input  wire  [31:0]    table_data_i,
    input  wire            bias_we_i,     // set the threshold of neuron bias_index_i from a bias code
    input  wire  [IW-1:0]  bias_index_i,
    input  wire  [15:0]    bias_code_i,
    output logic           busy_o,        // a run is under way
    output wire            sampling_o,    // this clock is sampled
    output logic [N-1:0]   state_o,
    output wire  [N*32-1:0] rnd_o         // the present word of each generator
);
  // Mixed reset seeds: neighbouring counters give unrelated words (two rounds of xor-shift and multiply). Written
  // without `return`, loops or casts: Icarus 11 and yosys accept constant functions in this form only.
  function [31:0] mix32(input [31:0] x);
    begin
      mix32 = (x ^ (x >> 16)) * 32'h21f0aaad;
      mix32 = (mix32 ^ (mix32 >> 15)) * 32'h735a2d97;
      mix32 = mix32 ^ (mix32 >> 15);
    end
  endfunction
  function [127:0] reset_seed(input [31:0] i);
    reset_seed = {mix32(32'h9e3779b9 * (i * 4 + 4)), mix32(32'h9e3779b9 * (i * 4 + 3)),
                  mix32(32'h9e3779b9 * (i * 4 + 2)), mix32(32'h9e3779b9 * (i * 4 + 1))};
  endfunction

  logic [31:0] left_q;  // sampled clocks still to come
  wire settling, thr_we;
  wire [IW-1:0] thr_index;
  wire [TW:0] thr;

  // A run waits for bias codes that are still being looked up.
  assign sampling_o = busy_o && !settling;
  wire draw = sampling_o || draw_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      left_q <= '0;
    end else if (run_i && !busy_o) begin
      busy_o <= run_clocks_i != 0;
      left_q <= run_clocks_i;
    end else if (sampling_o) begin
      busy_o <= left_q != 1;
      left_q <= left_q - 1;
    end
  end

  sigmoid_table #(.TW(TW), .IW(IW)) u_table (
      .clk_i, .rst_ni, .table_we_i, .table_addr_i, .table_data_i,
      .code_we_i(bias_we_i), .index_i(bias_index_i), .code_i(bias_code_i),
      .busy_o(settling), .thr_we_o(thr_we), .thr_index_o(thr_index), .thr_o(thr)
  );

  wire [32*(N+1)-1:0] chain;
  assign chain[31:0] = seed_i;
  assign seed_o = chain[32*N+:32];
  generate
    for (genvar i = 0; i < N; i++) begin : g_neuron
      wire [31:0] rnd;
      logic [TW:0] thr_q;
      xoshiro128p #(.SEED(reset_seed(i))) u_rng (
          .clk_i, .rst_ni, .en_i(draw), .seed_en_i,
          .seed_i(chain[32*i+:32]), .seed_o(chain[32*(i+1)+:32]), .rnd_o(rnd)
      );
      assign rnd_o[32*i+:32] = rnd;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) thr_q <= {2'b01, {(TW - 1) {1'b0}}};
        else if (thr_we && thr_index == i[IW-1:0]) thr_q <= thr;
      end
      always_ff @(posedge clk_i) begin
        if (!rst_ni) state_o[i] <= 1'b0;
        else if (sampling_o) state_o[i] <= {1'b0, rnd[31-:TW]} < thr_q;
      end
    end
  endgenerate
endmodule
`default_nettype wire
