package dev.espalier.methods.policygradient.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntactLossesTest {
    private final List<Integer> measured = new ArrayList<>();

    @Test
    void aSequenceIsMeasuredOnceAndThoseNotMetForLongestAreForgotten() {
        IntactLosses losses = new IntactLosses(6);
        assertThat(met(losses, 1, 2, 1)).isEqualTo(1);
        assertThat(met(losses, 2, 2, 1)).isEqualTo(2);
        assertThat(met(losses, 1, 2, 1)).isEqualTo(1);
        assertThat(measured).containsExactly(1, 2);
        met(losses, 3, 2, 1);
        met(losses, 1, 2, 1);
        assertThat(measured).as("the second is forgotten, the first is not").containsExactly(1, 2, 3);
        met(losses, 2, 2, 1);
        assertThat(measured).containsExactly(1, 2, 3, 2);
    }

    private float met(IntactLosses losses, int... row) {
        return losses.of(row, text -> {
            measured.add(text[0]);
            return text[0];
        });
    }
}
