package dev.espalier.worker.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void processorsTellWhetherTheyMultiplyBfloat16() {
        String vectors = "flags\t\t: fpu avx512f avx512_bf16 sse\n";
        assertThat(Processor.multipliesBf16("processor : 0\nvendor_id\t: AuthenticAMD\n" + vectors))
                .isTrue();
        assertThat(Processor.multipliesBf16("processor : 0\nvendor_id\t: GenuineIntel\n" + vectors))
                .as("slower than float32 there without AMX")
                .isFalse();
        assertThat(Processor.multipliesBf16(
                        "processor : 0\nvendor_id\t: GenuineIntel\nflags\t\t: avx512_bf16 amx_bf16 amx_tile\n"))
                .isTrue();
        assertThat(Processor.multipliesBf16("processor : 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx512f sse\n"))
                .isFalse();
        assertThat(Processor.multipliesBf16("processor : 0\nFeatures\t: fp asimd bf16\n"))
                .isTrue();
    }

    @Test
    void processorsTellWhetherTheirVectorsHave512Bits() {
        assertThat(Processor.hasAvx512("flags\t\t: fpu avx2 avx512f sse\n")).isTrue();
        assertThat(Processor.hasAvx512("flags\t\t: fpu avx2 sse\n")).isFalse();
        assertThat(Processor.hasAvx512("")).isFalse();
    }
}
