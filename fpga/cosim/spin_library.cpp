// C ABI round a Verilated spin_top: lists of register operations, many clocks per call. Knows nothing of Python.
#include <cstdint>
#include "Vspin_top.h"
#include "verilated.h"

namespace {
constexpr uint32_t kReadClocks = READ_CLOCKS;  // registers.toml: read_clocks

struct Chip {
    VerilatedContext context;  // one per chip, so that chips in one process share nothing
    Vspin_top top{&context};
    uint32_t *answers = nullptr;
    uint32_t answered = 0;

    void tick() {
        top.clk_i = 0;
        top.eval();
        top.clk_i = 1;
        top.eval();
        if (top.rvalid_o) answers[answered++] = top.rdata_o;
    }
    void reset() {
        top.we_i = 0;
        top.re_i = 0;
        top.addr_i = 0;
        top.wdata_i = 0;
        top.rst_ni = 0;
        for (uint32_t k = 0; k < kReadClocks; k++) {
            top.clk_i = 0;
            top.eval();
            top.clk_i = 1;
            top.eval();
        }
        top.rst_ni = 1;
        while (top.busy_o) tick();
    }
    bool wait(uint32_t clocks) {
        while (top.busy_o) {
            if (clocks-- == 0) return false;
            tick();
        }
        return true;
    }
};
}  // namespace

extern "C" {
Chip *spin_new() {
    Chip *chip = new Chip;
    chip->reset();
    return chip;
}
void spin_free(Chip *chip) {
    chip->top.final();
    delete chip;
}
void spin_reset(Chip *chip) { chip->reset(); }

// Carries out `count` operations {kind << 28 | address, value}; kinds: 0 write, 1 read, 2 tick `value` clocks, 3 wait at
// most `value` clocks until not busy. Words that were read go to `answers`, one per read, in order. Returns how many
// operations were carried out: less than `count` when a wait ran out of clocks or a kind is unknown.
uint32_t spin_batch(Chip *chip, const uint32_t *operations, uint32_t count, uint32_t *answers) {
    auto &top = chip->top;
    chip->answers = answers;
    chip->answered = 0;
    uint32_t done = 0;
    for (; done < count; done++, operations += 2) {
        const uint32_t kind = operations[0] >> 28, value = operations[1];
        if (kind > 3 || (kind == 3 && !chip->wait(value))) break;
        if (kind == 2) {
            for (uint32_t k = 0; k < value; k++) chip->tick();
        } else if (kind < 2) {
            top.we_i = kind == 0;
            top.re_i = kind == 1;
            top.addr_i = operations[0] & 0xfff;
            top.wdata_i = value;
            chip->tick();
            top.we_i = 0;
            top.re_i = 0;
        }
    }
    for (uint32_t k = 0; k < kReadClocks; k++) chip->tick();  // reads still under way
    return done;
}

// Starts a run by writing `clocks` to the register at `address` and records the neurons after each sampled clock.
void spin_trace(Chip *chip, uint32_t address, uint32_t clocks, uint64_t *states) {
    auto &top = chip->top;
    top.we_i = 1;
    top.addr_i = address;
    top.wdata_i = clocks;
    chip->tick();
    top.we_i = 0;
    for (uint32_t k = 0; k < clocks; k++) {
        chip->tick();
        states[k] = top.state_o;
    }
}
}
