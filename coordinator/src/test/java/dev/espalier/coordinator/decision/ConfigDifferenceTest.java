package dev.espalier.coordinator.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import org.junit.jupiter.api.Test;

class ConfigDifferenceTest {
    @Test
    void theSameValuesWrittenInAnotherWayAreNoDifference() {
        assertThat(ConfigDifference.keys("{\"a\":{\"b\":1},\"c\":[1,2]}", "c = [1, 2], a.b = 1"))
                .isEmpty();
    }

    @Test
    void keysThatDifferAreNamedInOrder() {
        assertThat(ConfigDifference.keys("b.c = 1, a = 1, d = 4", "b.c = 2, a = 2, e = 5, f = null"))
                .containsExactly("a", "b.c", "d", "e");
    }

    @Test
    void aConfigurationThatCannotBeReadIsTheUsersToMend() {
        assertThatThrownBy(() -> ConfigDifference.keys("{", "a = 1"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void aKeyThatCameLaterHasItsDefaultInAConfigurationOfBefore() {
        assertThat(ConfigDifference.keys("seed = 1", "seed = 1, evaluate.latency-rounds = 7"))
                .isEmpty();
        assertThat(ConfigDifference.keys("seed = 1", "seed = 1, evaluate.latency-rounds = 8"))
                .containsExactly("evaluate.latency-rounds");
    }
}
