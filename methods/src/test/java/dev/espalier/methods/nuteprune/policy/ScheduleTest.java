package dev.espalier.methods.nuteprune.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.protocol.config.RunConfig.ScheduleKind;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource({
        "LINEAR, 0, 0",
        "LINEAR, 10, 0.05",
        "LINEAR, 50, 0.25",
        "LINEAR, 100, 0.5",
        "LINEAR, 150, 0.5",
        "CUBIC, 0, 0",
        "CUBIC, 10, 0.1355",
        "CUBIC, 50, 0.4375",
        "CUBIC, 100, 0.5",
        "CUBIC, 150, 0.5"
    })
    void goldenTargetsOfHalfOverAHundredSteps(ScheduleKind kind, int step, double wanted) {
        assertThat(new Schedule(kind, 0, 0.5, 100).at(step)).isEqualTo(wanted, within(1e-12));
    }

    @Test
    void withoutWarmUpTheTargetIsWantedAtOnce() {
        assertThat(new Schedule(ScheduleKind.LINEAR, 0, 0.3, 0).slice(0, 2)).containsExactly(0.3, 0.3);
    }

    @Test
    void aSliceHoldsTheTargetsOfItsOwnSteps() {
        assertThat(new Schedule(ScheduleKind.LINEAR, 0, 0.5, 100).slice(50, 3)).containsExactly(0.25, 0.255, 0.26);
    }

    @Property(tries = 200)
    void targetsNeverFallAndNeverExceedTheTarget(
            @ForAll ScheduleKind kind,
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double target,
            @ForAll @IntRange(max = 50) int warmup) {
        assertThat(new Schedule(kind, 0, target, warmup).slice(0, 80))
                .isSorted()
                .allMatch(wanted -> wanted >= 0 && wanted <= target)
                .last()
                .isEqualTo(target);
    }
}
