// The chip: N p-bits and one N x N tile of junctions behind one register bus (registers.toml, docs/spin_top.md).
// Writes and reads are single clocks; a read answers four clocks later with rvalid_o, and one may start every clock.
// A write while busy_o is high is dropped and remembered in STATUS: nothing a host sends can disturb a running job.
`default_nettype none
module spin_top #(
    parameter int N = 64  // word lines, bit lines and neurons, a power of two from 8 to 64
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire         we_i,
    input  wire         re_i,
    input  wire  [11:0] addr_i,
    input  wire  [31:0] wdata_i,
    output logic        rvalid_o,
    output logic [31:0] rdata_o,
    output wire         busy_o,
    output wire  [N-1:0] state_o  // the neurons, for a logic analyser or a trace
);
`include "registers.svh"
  localparam int IW = $clog2(N);

  logic dropped_q;
  logic [63:0] clocks_q;
  logic [7:0] g_p_q, g_ap_q;
  logic [32:0] p_set_q, p_reset_q;
  logic [63:0] mask_q, data_q;

  wire run_busy, tile_busy, sampling, draw;
  wire [N*32-1:0] rnd;
  wire [31:0] seed_out, result;
  wire [N-1:0] row, flip;

  assign busy_o = run_busy || tile_busy;
  wire take = we_i && !busy_o;
  wire take_seed  = take && addr_i == REG_SEED;
  wire take_run   = take && addr_i == REG_RUN;
  wire take_write = take && addr_i == REG_WRITE;
  wire take_fetch = take && addr_i == REG_FETCH;
  wire take_multiply = take && addr_i == REG_MULTIPLY;
  wire take_x     = take && addr_i[11:4] == REG_X[11:4] && {1'b0, addr_i[3:0]} < 5'(N / 4);
  wire take_bias  = take && addr_i[11:6] == REG_BIAS[11:6] && {1'b0, addr_i[5:0]} < 7'(N);
  wire take_table = take && addr_i[11:8] == REG_TABLE[11:8];

  pbit_array #(.N(N)) u_pbits (
      .clk_i, .rst_ni, .run_i(take_run), .run_clocks_i(wdata_i), .draw_i(draw),
      .seed_en_i(take_seed), .seed_i(wdata_i), .seed_o(seed_out),
      .table_we_i(take_table), .table_addr_i(addr_i[7:0]), .table_data_i(wdata_i),
      .bias_we_i(take_bias), .bias_index_i(addr_i[IW-1:0]), .bias_code_i(wdata_i[15:0]),
      .busy_o(run_busy), .sampling_o(sampling), .state_o, .rnd_o(rnd)
  );
  mtj_tile #(.N(N)) u_tile (
      .clk_i, .rst_ni, .rnd_i(rnd), .draw_o(draw),
      .fetch_i(take_fetch), .write_i(take_write), .multiply_i(take_multiply), .row_i(wdata_i[IW-1:0]),
      .mask_i(mask_q[N-1:0]), .data_i(data_q[N-1:0]), .p_set_i(p_set_q), .p_reset_i(p_reset_q),
      .x_we_i(take_x), .x_addr_i(addr_i[IW-3:0]), .x_data_i(wdata_i), .g_p_i(g_p_q), .g_ap_i(g_ap_q),
      .busy_o(tile_busy), .row_o(row), .flip_o(flip), .result_col_i(addr_i[IW-1:0]), .result_o(result)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dropped_q <= 1'b0;
      clocks_q <= '0;
      g_p_q <= 8'd200;
      g_ap_q <= 8'd80;
      p_set_q <= '0;
      p_reset_q <= '0;
      mask_q <= '0;
      data_q <= '0;
    end else begin
      if (tile_busy || sampling) clocks_q <= clocks_q + 1'b1;
      if (we_i && busy_o) dropped_q <= 1'b1;
      if (take) begin
        case (addr_i)
          REG_STATUS:      dropped_q <= 1'b0;
          REG_G_P:         g_p_q <= wdata_i[7:0];
          REG_G_AP:        g_ap_q <= wdata_i[7:0];
          REG_P_SET:       p_set_q[31:0] <= wdata_i;
          REG_P_SET + 1:   p_set_q[32] <= wdata_i[0];
          REG_P_RESET:     p_reset_q[31:0] <= wdata_i;
          REG_P_RESET + 1: p_reset_q[32] <= wdata_i[0];
          REG_MASK:        mask_q[31:0] <= wdata_i;
          REG_MASK + 1:    mask_q[63:32] <= wdata_i;
          REG_DATA:        data_q[31:0] <= wdata_i;
          REG_DATA + 1:    data_q[63:32] <= wdata_i;
          default:         ;
        endcase
      end
    end
  end

  // Reads: registers wait two clocks more, so that they answer when the multiplier's result does.
  wire [63:0] state_wide = 64'(state_o);
  wire [63:0] row_wide = 64'(row);
  wire [63:0] flip_wide = 64'(flip);
  logic [31:0] value1_q, value2_q, value3_q;
  logic [2:0] valid_q, from_result_q;
  always_ff @(posedge clk_i) begin
    case (addr_i)
      REG_ID:          value1_q <= REG_ID_VALUE;
      REG_SIZE:        value1_q <= 32'(N);
      REG_STATUS:      value1_q <= {30'b0, dropped_q, busy_o};
      REG_CLOCKS:      value1_q <= clocks_q[31:0];
      REG_CLOCKS + 1:  value1_q <= clocks_q[63:32];
      REG_G_P:         value1_q <= {24'b0, g_p_q};
      REG_G_AP:        value1_q <= {24'b0, g_ap_q};
      REG_P_SET:       value1_q <= p_set_q[31:0];
      REG_P_SET + 1:   value1_q <= {31'b0, p_set_q[32]};
      REG_P_RESET:     value1_q <= p_reset_q[31:0];
      REG_P_RESET + 1: value1_q <= {31'b0, p_reset_q[32]};
      REG_SEED:        value1_q <= seed_out;
      REG_STATE:       value1_q <= state_wide[31:0];
      REG_STATE + 1:   value1_q <= state_wide[63:32];
      REG_MASK:        value1_q <= mask_q[31:0];
      REG_MASK + 1:    value1_q <= mask_q[63:32];
      REG_DATA:        value1_q <= data_q[31:0];
      REG_DATA + 1:    value1_q <= data_q[63:32];
      REG_ROW:         value1_q <= row_wide[31:0];
      REG_ROW + 1:     value1_q <= row_wide[63:32];
      REG_FLIP:        value1_q <= flip_wide[31:0];
      REG_FLIP + 1:    value1_q <= flip_wide[63:32];
      default:         value1_q <= '0;
    endcase
    value2_q <= value1_q;
    value3_q <= value2_q;
    from_result_q <= {from_result_q[1:0], addr_i[11:6] == REG_RESULT[11:6] && {1'b0, addr_i[5:0]} < 7'(N)};
    rdata_o <= from_result_q[2] ? result : value3_q;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {rvalid_o, valid_q} <= '0;
    else {rvalid_o, valid_q} <= {valid_q, re_i};
  end
endmodule
`default_nettype wire
