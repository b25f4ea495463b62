package dev.espalier.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.00 KiB",
        "2048, 2.00 KiB",
        "4833792, 4.61 MiB",
        "53000000, 50.5 MiB",
        "538000000, 513 MiB",
        "1546188227, 1.44 GiB",
        "73935093760, 68.9 GiB",
        "3000000000000, 2.73 TiB"
    })
    void sizesHaveTheUnitThatSuitsThem(long bytes, String words) {
        assertThat(ByteSize.of(bytes)).isEqualTo(words);
    }
}
