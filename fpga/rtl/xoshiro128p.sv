// xoshiro128+ (Blackman and Vigna, 2018): one 32-bit word per enabled clock. The upper bits are the good ones.
// rnd_o is the word of the present state; the state moves on when en_i is high, so a word is "drawn" by that clock.
// Seeds travel along a chain of words: a shift with seed_en_i takes seed_i in at s3 and lets s0 out at seed_o.
`default_nettype none
module xoshiro128p #(
    parameter logic [127:0] SEED = 128'h1  // state after reset, {s3, s2, s1, s0}; must not be zero
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire         en_i,       // draw: move on by one word
    input  wire         seed_en_i,  // shift the seed chain by one word; stronger than en_i
    input  wire  [31:0] seed_i,
    output wire  [31:0] seed_o,
    output wire  [31:0] rnd_o
);
  logic [31:0] s0_q, s1_q, s2_q, s3_q;
  wire  [31:0] s3_xor_s1 = s3_q ^ s1_q;

  assign seed_o = s0_q;
  assign rnd_o  = s0_q + s3_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {s3_q, s2_q, s1_q, s0_q} <= SEED;
    end else if (seed_en_i) begin
      {s3_q, s2_q, s1_q, s0_q} <= {seed_i, s3_q, s2_q, s1_q};
    end else if (en_i) begin
      s0_q <= s0_q ^ s3_q ^ s1_q;
      s1_q <= s1_q ^ s2_q ^ s0_q;
      s2_q <= s2_q ^ s0_q ^ {s1_q[22:0], 9'b0};
      s3_q <= {s3_xor_s1[20:0], s3_xor_s1[31:21]};  // rotate left by 11
    end
  end
endmodule
`default_nettype wire
