package dev.espalier.methods.masked;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DrawTest {
    @Test
    void numbersAreThoseOfSplitMix() {
        assertThat(Draw.mix(0x9E3779B97F4A7C15L)).isEqualTo(0xE220A8397B1DCDAFL);
        assertThat(new Draw(43, 0, 0).next()).isEqualTo(0.00472380521134852);
    }
}
