package dev.espalier.methods.llmpruner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.protocol.Stage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlmPrunerKeysTest {
    @ParameterizedTest
    @CsvSource({
        "importance, mixed, calibrate",
        "grouping, max, calibrate",
        "spare-first, 4, prune",
    })
    void whatScoresDependOnBearsOnTheStageThatFindsThem(String key, String value, String stage) {
        ConfigChange change =
                ConfigChange.of("prune.llm-pruner." + key + " = 0", "prune.llm-pruner." + key + " = " + value);
        assertThat(change.stages()).extracting(Stage::kind).containsExactly(stage);
    }
}
