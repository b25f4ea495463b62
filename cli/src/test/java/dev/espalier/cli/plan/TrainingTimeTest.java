package dev.espalier.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingTimeTest {
    /** Of a stage: which steps are followed by validation is written in {@code TrainingLeg}. */
    @ParameterizedTest
    @CsvSource({"0,1", "0,5", "0,19", "0,25", "0,60", "0,300", "12,60", "5,10", "37,301"})
    void validationsAreAsManyAsWorkersDo(int from, int until) {
        int every = Math.max(1, until / 10);
        long done = IntStream.rangeClosed(from + 1, until)
                .filter(taken -> taken % every == 0 || taken == until)
                .count();
        assertThat(TrainingTime.validations(from, until)).isEqualTo((int) done);
    }
}
