package dev.espalier.coordinator.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.Stage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ConfigChangeTest {
    /** The first stage of each key that reference.conf has, so that a new key is thought about. */
    private static final Map<Optional<Stage>, Set<String>> EXPECTED = Map.of(
            Optional.empty(),
                    Set.of(
                            "stages",
                            "model.device",
                            "model.activation-checkpointing",
                            "data.validation",
                            "checkpoint.keep",
                            "metrics.tensorboard"),
            Optional.of(Stage.CALIBRATE),
                    Set.of(
                            "seed",
                            "data.train",
                            "data.sequence-length",
                            "calibrate.tokens",
                            "calibrate.damping",
                            "prune.method",
                            "prune.initialise-from",
                            "prune.granularity",
                            "prune.head-unit"),
            Optional.of(Stage.EXPORT), Set.of("export.formats", "export.dtype", "export.gguf.dtype"));

    @Test
    void everyKeyOfTheReferenceBearsOnTheStageThatDependsOnIt() {
        Map<String, Optional<Stage>> bearing = new TreeMap<>();
        ConfigFactory.load().getConfig("espalier.run").entrySet().forEach(entry -> {
            String key = entry.getKey();
            bearing.put(key, ConfigChange.bearing(key));
        });
        Set<String> listed = new TreeSet<>();
        EXPECTED.forEach((stage, keys) -> keys.forEach(key -> {
            assertThat(bearing).as(key).containsEntry(key, stage);
            listed.add(key);
        }));
        bearing.keySet().removeAll(listed);
        assertThat(bearing).allSatisfy((key, stage) -> {
            String section = key.substring(0, key.indexOf('.'));
            Stage expected =
                    switch (section) {
                        case "recover" -> Stage.RECOVER;
                        case "evaluate" -> Stage.EVALUATE;
                        case "pretrain" -> Stage.PRETRAIN;
                        // Of the texts, how they are mixed alone.
                        case "data" -> key.startsWith("data.mix.") ? Stage.PRUNE : Stage.CALIBRATE;
                        case "model", "prune", "cluster", "export" -> Stage.PRUNE;
                        default -> Stage.CALIBRATE;
                    };
            assertThat(stage).as(key).contains(expected);
        });
    }

    @Test
    void theModelTheTextAndWhateverIsUnknownBearOnEverything() {
        assertThat(ConfigChange.of("model.path = a, new.key = 1", "model.path = b, new.key = 2"))
                .isEqualTo(new ConfigChange(List.of("model.path", "new.key"), Set.of(Stage.CALIBRATE)));
    }

    @Test
    void eachOfSeveralKeysBearsOnItsStage() {
        assertThat(ConfigChange.of("evaluate.limit = 1, export.dtype = f32", "evaluate.limit = 2, export.dtype = f16")
                        .stages())
                .containsExactlyInAnyOrder(Stage.EXPORT, Stage.EVALUATE);
    }

    @Test
    void aTargetBearsOnTheRoundsFromTheFirstThatIsToReachSomethingElse() {
        assertThat(ConfigChange.of("prune.target.sparsity = [0.1, 0.2]", "prune.target.sparsity = [0.1, 0.3]")
                        .stages())
                .containsExactly(new Stage("prune", 2));
        assertThat(ConfigChange.of("prune.target.sparsity = 0.1", "prune.target.sparsity = [0.1, 0.2]")
                        .stages())
                .containsExactly(new Stage("prune", 2));
        assertThat(ConfigChange.of("prune.target.sparsity = 0.1", "prune.target.sparsity = 0.2")
                        .stages())
                .containsExactly(Stage.PRUNE);
    }

    @Test
    void heldOutTextBearsOnWhatIsTrainedOnWhereSharesFollowItsLosses() {
        String one = "data.validation = [a.txt], data.mix.kind = ";
        String other = "data.validation = [b.txt], data.mix.kind = ";
        assertThat(ConfigChange.of(one + "off", other + "off").stages()).isEmpty();
        assertThat(ConfigChange.of(one + "doremi", other + "doremi").stages()).containsExactly(Stage.PRUNE);
        assertThat(ConfigChange.of(one + "off", other + "bandit").stages()).containsExactly(Stage.PRUNE);
        assertThat(ConfigChange.of("data.validation = [a.txt]", "data.validation = [b.txt]")
                        .stages())
                .as("as runs of before there were shares that move")
                .isEmpty();
    }

    @Test
    void anotherNameIsAnotherRun() {
        assertThat(ConfigChange.of("run.name = a", "run.name = b").renames()).isTrue();
        assertThat(ConfigChange.of("seed = 1", "seed = 2").renames()).isFalse();
    }
}
