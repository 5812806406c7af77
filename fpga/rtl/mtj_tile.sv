// N x N binary junctions, rows = word lines = inputs, columns = bit lines = outputs. A cell is 1 when parallel.
//   clear     after reset, N clocks: every cell antiparallel
//   fetch     3 clocks: row_o <= one row
//   write     4 clocks: addressed cells that differ from data_i flip iff their random word < p; one draw per generator
//   multiply  N+3 clocks: result[col] = sum over rows of x[row] * (cell ? g_p : g_ap), exact
// Only rows of parallel cells are added per column; the antiparallel share is g_ap times the sum of all inputs:
//   result[col] = g_ap * sum(x) + (g_p - g_ap) * sum(x where parallel)
`default_nettype none
module mtj_tile #(
    parameter int N  = 64,  // word lines and bit lines, a power of two from 8 to 64
    parameter int XW = 8,   // bits of an input code, two's complement
    parameter int GW = 8,   // bits of a conductance code, unsigned
    localparam int RW = $clog2(N),
    localparam int AW = XW + $clog2(N)
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire  [N*32-1:0] rnd_i,        // one random word per column
    output wire             draw_o,       // the words were used: draw the next ones
    input  wire             fetch_i,      // starts are taken when busy_o is low, one at a time
    input  wire             write_i,
    input  wire             multiply_i,
    input  wire  [RW-1:0]   row_i,
    input  wire  [N-1:0]    mask_i,       // addressed cells; held by the caller during the write, as are the next three
    input  wire  [N-1:0]    data_i,       // direction: 1 towards parallel
    input  wire  [32:0]     p_set_i,      // probability of 0 -> 1 in units of 2^-32; 2^32 is certainty
    input  wire  [32:0]     p_reset_i,    // probability of 1 -> 0
    input  wire             x_we_i,       // four input codes per word, row 4k in the low byte
    input  wire  [RW-3:0]   x_addr_i,
    input  wire  [4*XW-1:0] x_data_i,
    input  wire  [GW-1:0]   g_p_i,        // taken in a multiply's first clock
    input  wire  [GW-1:0]   g_ap_i,
    output wire             busy_o,
    output logic [N-1:0]    row_o,        // the row as it was before the last fetch or write
    output logic [N-1:0]    flip_o,       // cells that the last write flipped
    input  wire  [RW-1:0]   result_col_i,
    output logic [31:0]     result_o      // result of that column, three clocks later
);
  localparam logic [2:0] IDLE = 3'd0, CLEAR = 3'd1, FETCH = 3'd2, WRITE = 3'd3, MULTIPLY = 3'd4;

  logic [2:0] job_q;
  logic [RW:0] clock_q;  // clocks spent on this job
  logic [RW-1:0] row_q;
  logic [N-1:0] cells [N];
  logic [N-1:0] fetched_q, cells_q;  // block memory, then its output register: the memory alone takes half a clock

  assign busy_o = job_q != IDLE;

  logic [RW:0] last;  // the job's last clock
  always_comb begin
    case (job_q)
      CLEAR:    last = (RW+1)'(N - 1);
      FETCH:    last = (RW+1)'(2);
      WRITE:    last = (RW+1)'(3);
      default:  last = (RW+1)'(N + 2);
    endcase
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_q <= CLEAR;
      clock_q <= '0;
    end else if (job_q == IDLE) begin
      clock_q <= '0;
      row_q <= row_i;
      if (fetch_i) job_q <= FETCH;
      else if (write_i) job_q <= WRITE;
      else if (multiply_i) job_q <= MULTIPLY;
    end else begin
      clock_q <= clock_q + 1'b1;
      if (clock_q == last) job_q <= IDLE;
    end
  end

  // the row path: address in clock 0, cells_q valid in clock 2
  wire clearing = job_q == CLEAR;
  wire write_back = job_q == WRITE && clock_q == (RW+1)'(3);
  wire [RW-1:0] read_row = (job_q == MULTIPLY) ? clock_q[RW-1:0] : row_q;
  wire [RW-1:0] write_row = clearing ? clock_q[RW-1:0] : row_q;
  wire [N-1:0] write_cells = clearing ? '0 : cells_q ^ flip_o;
  always_ff @(posedge clk_i) begin
    fetched_q <= cells[read_row];
    cells_q <= fetched_q;
    if (clearing || write_back) cells[write_row] <= write_cells;
  end

  // stochastic write: compare in clock 1, decide in clock 2, write back in clock 3
  logic [N-1:0] below_q;  // this column's word is below its probability
  assign draw_o = job_q == WRITE && clock_q == (RW+1)'(1);
  always_ff @(posedge clk_i) begin
    if (draw_o) begin
      for (int j = 0; j < N; j++) begin
        below_q[j] <= {1'b0, rnd_i[32*j+:32]} < (data_i[j] ? p_set_i : p_reset_i);
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      row_o <= '0;
      flip_o <= '0;
    end else if (clock_q == (RW+1)'(2)) begin
      if (job_q == FETCH || job_q == WRITE) row_o <= cells_q;
      if (job_q == WRITE) flip_o <= mask_i & (cells_q ^ data_i) & below_q;
    end
  end

  // multiply: the input code follows its row through the same two registers
  logic [4*XW-1:0] x_words [N/4];
  logic [4*XW-1:0] x_word_q;
  logic [1:0] x_part_q;
  logic [XW-1:0] x_q;
  logic valid1_q, valid2_q;
  logic signed [AW-1:0] sum_q;  // of all inputs
  wire signed [AW-1:0] x_wide = {{(AW - XW) {x_q[XW-1]}}, x_q};
  wire addressing = job_q == MULTIPLY && !clock_q[RW];
  wire clear_sums = job_q == MULTIPLY && clock_q == '0;
  always_ff @(posedge clk_i) begin
    if (x_we_i) x_words[x_addr_i] <= x_data_i;
    x_word_q <= x_words[clock_q[RW-1:2]];
    x_part_q <= clock_q[1:0];
    x_q <= x_word_q[XW*x_part_q+:XW];
    valid1_q <= addressing;
    valid2_q <= valid1_q;
    if (clear_sums) sum_q <= '0;
    else if (valid2_q) sum_q <= sum_q + x_wide;
  end
  wire [N*AW-1:0] sums;
  generate
    for (genvar j = 0; j < N; j++) begin : g_col
      logic signed [AW-1:0] parallel_q;  // of the inputs whose cell in this column is parallel
      always_ff @(posedge clk_i) begin
        if (clear_sums) parallel_q <= '0;
        else if (valid2_q && cells_q[j]) parallel_q <= parallel_q + x_wide;
      end
      assign sums[AW*j+:AW] = parallel_q;
    end
  endgenerate

  // read-out: choose the column, multiply, add
  logic signed [GW:0] step_q, low_q;  // g_p - g_ap, g_ap
  logic signed [AW-1:0] chosen_q;
  logic signed [31:0] base_q, share_q;
  always_ff @(posedge clk_i) begin
    if (clear_sums) begin  // the codes of a product are those of its first clock
      low_q <= {1'b0, g_ap_i};
      step_q <= {1'b0, g_p_i} - {1'b0, g_ap_i};
    end
    base_q <= 32'(low_q * 32'(sum_q));
    chosen_q <= sums[AW*result_col_i+:AW];
    share_q <= 32'(step_q * 32'(chosen_q));
    result_o <= base_q + share_q;
  end
endmodule
`default_nettype wire
