package dev.espalier.worker.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void processorsTellWhetherTheyMultiplyBfloat16() {
        assertThat(Processor.multipliesBf16("processor : 0\nflags\t\t: fpu avx512f avx512_bf16 sse\n"))
                .isTrue();
        assertThat(Processor.multipliesBf16("processor : 0\nflags\t\t: fpu avx512f sse\n"))
                .isFalse();
        assertThat(Processor.multipliesBf16("processor : 0\nFeatures\t: fp asimd bf16\n"))
                .isTrue();
    }
}
