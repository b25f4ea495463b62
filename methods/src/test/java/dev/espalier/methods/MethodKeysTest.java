package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MethodKeysTest {
    /** Two, each with held-out text. */
    private static final String TEXTS = "data.train = [{ path = a.txt, domain = a }, { path = b.txt, domain = b }],"
            + " data.validation = [{ path = c.txt, domain = a }, { path = d.txt, domain = b }], ";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prune.method = magic | must be nuteprune, obs, kfac, magnitude, wanda-sp, flap, minitron, mutual-information, llm-pruner, adaptive-fusion, layers, sheared, policy-gradient or bonsai",
                "prune { method = obs, granularity = [ffn, hidden] } | hidden cannot be pruned by obs",
                "prune { method = obs, granularity = [heads], head-unit = query }, export.uniform = false"
                        + " | single query heads cannot be removed by obs",
                "prune { faithful = true, method = magnitude } | is about nuteprune's own code",
                "prune { method = minitron, granularity = [ffn, hidden] } | hidden cannot be pruned by minitron",
                "stages = [prune, export], prune.method = minitron | prune.method = minitron needs calibration",
                "stages = [prune, export], prune.initialise-from = minitron | prune.initialise-from = minitron needs calibration",
                "prune { method = mutual-information, granularity = [ffn, hidden] } | hidden cannot be pruned by",
                "prune { method = mutual-information, mutual-information.faithful = true } | fits nothing anew",
                "prune { method = mutual-information, mutual-information.faithfull = true } | did you mean"
                        + " prune.mutual-information.faithful",
                "prune { method = mutual-information, mutual-information.faithful = 3 } | prune.mutual-information.faithful",
                "prune.method = mutual-information, calibrate.tokens = 255, data.sequence-length = 16 | needs 256 positions",
                "stages = [prune, export], prune.method = mutual-information | needs calibration",
                "prune.method = minitrom | must be nuteprune",
                "stages = [prune, export], prune.method = wanda-sp | prune.method = wanda-sp needs calibration",
                "stages = [prune, export] | prune.initialise-from = obs needs calibration",
                "prune { faithful = true, refit = true } | knows no closed form and cuts at the end",
                "prune { faithful = true, gates.harden-at = 0.5 } | knows no closed form and cuts at the end",
                "prune.distillation { kl = 0 } | nothing to learn from",
                "prune { method = obs, granularity = [layers] }, export.uniform = false | cannot be pruned by obs",
                "prune.granularity = [layers, ffn] | cannot be removed from every layer alike",
                "prune { method = layers, layers.select = best } | must be greedy, perplexity, block-influence, angular, taylor,",
                "prune { method = layers, layers.keep = [0, 1.5] } | must be whole numbers from -4096 to 4095",
                "prune { method = layers, layers.keep = [0, 0] } | 0 stands there twice: remove one",
                "prune { method = layers, layers.kepp = [0] } | did you mean prune.layers.keep",
                "prune { method = llm-pruner, granularity = [ffn, hidden] } | hidden cannot be pruned by llm-pruner",
                "prune { method = llm-pruner, refit = false, llm-pruner.faithful = true } | layers that lose nothing are unlike the others",
                "prune { method = llm-pruner, llm-pruner.faithful = true }, export.uniform = false | fits nothing anew",
                "prune { method = llm-pruner, llm-pruner.importance = best } | must be vector, element1, element2 or mixed",
                "stages = [prune, export], prune.method = adaptive-fusion | prune.method = adaptive-fusion needs calibration",
                "prune { method = policy-gradient, granularity = [ffn, hidden] } | hidden cannot be pruned by policy-gradient",
                "prune { method = policy-gradient, policy-gradient.masks = 1 } | a loss means something beside others only",
                "prune { method = policy-gradient, policy-gradient { masks = 3, control = antithetic } } | draws masks in pairs",
                "prune { method = policy-gradient, policy-gradient { faithful = true, reward = kl } } | learns from the loss alone",
                "prune { method = policy-gradient, policy-gradient { faithful = true, control = intact } } | losses against its own alone",
                "prune { method = policy-gradient, granularity = [layers], policy-gradient.faithful = true }, export.uniform = false | each kind by its own budget",
                "prune { method = policy-gradient, target.sparsity = [0.1, 0.2], policy-gradient.start-from = a }"
                        + ", stages = [calibrate, prune, recover, calibrate, prune, export] | is what one round begins with",
                "prune { method = policy-gradient, batch-size = 200 } | makes a slice return 6000 losses",
                "prune { method = policy-gradient, batch-size = 65536 }, cluster.inner-steps = 10000000"
                        + " | makes a slice return 1966080000000 losses",
                "prune { method = bonsai, batch-size = 65536 }, cluster.inner-steps = 10000000 | makes a slice return 1310720000000",
                "prune { method = bonsai, steps = 19, batch-size = 512, bonsai.round = 0.02 } | makes 5120 pairs of masks in a round",
                "prune.method = policy-gradient, stages = [prune, export] | prune.initialise-from = obs needs calibration",
                "prune { method = bonsai, granularity = [ffn, layers] }, export.uniform = false | cannot be pruned by bonsai",
                "prune { method = bonsai, initialise-from = none } | leaves prune.method = bonsai no score",
                "prune { method = bonsai, bonsai.round = 0 } | prune.bonsai.round",
                "prune { method = bonsai, bonsai.rounds = 4 } | did you mean prune.bonsai.round",
                "prune { method = bonsai, steps = 3, schedule.warmup-steps = 1 } | is less than the 4 rounds",
                "prune { method = bonsai, batch-size = 400 } | makes a slice return 8000 losses",
                "prune { method = bonsai, steps = 9000 } | makes 9000 pairs of masks in a round",
                "prune.method = bonsai, stages = [prune, export] | prune.initialise-from = obs needs calibration",
                "prune.method = flap, export { uniform = false, ffn-multiple = 8 } | has no effect with prune.method = flap",
                "prune.method = flap, export { uniform = false, ffn-multiple = 8 } | a method that obeys it (obs, kfac, layers, sheared)",
                "prune { method = sheared, sheared.shape.intermediate = 100 }, export.ffn-multiple = 8"
                        + " | is no multiple of export.ffn-multiple = 8",
                TEXTS
                        + "prune.method = policy-gradient, data.mix.kind = doremi | and prune.method = policy-gradient trains none",
                TEXTS + "prune.method = bonsai, data.mix.kind = bandit | and prune.method = bonsai trains none",
                "prune { method = policy-gradient, faithful = true } | is about nuteprune's own code"
            })
    void keysThatContradictEachOtherAreRefused(String keys, String message) {
        assertThatThrownBy(() -> read(keys)).isInstanceOf(UserError.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "kfac", "layers"})
    void widthsAreMultiplesWhereLayersDifferByMethodsThatSeeToIt(String method) throws IOException {
        assertThat(read("prune.method = " + method + ", export { uniform = false, ffn-multiple = 8 }"))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prune.method = policy-gradient, data.mix.kind = constant",
                "prune.method = bonsai, data.mix.kind = constant",
                "prune.method = bonsai, data.mix.kind = doremi, stages = [evaluate]",
                "prune.method = obs, data.mix.kind = doremi"
            })
    void sharesMayFollowLossesWhereAStudentIsTrainedAndStayWhereNoneIs(String keys) throws IOException {
        assertThat(read(TEXTS + keys)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prune.mutual-information.faithful = true",
                "prune.llm-pruner.importance = vector",
                "prune.llm-pruner.grouping = max"
            })
    void whatScoresDependOnHasThemCalibratedAnew(String key) throws IOException {
        assertThat(ConfigChange.of(read("prune.refit = false"), read("prune.refit = false\n" + key))
                        .stages())
                .containsExactly(Stage.CALIBRATE);
    }

    private String read(String keys) throws IOException {
        Path file = Files.writeString(
                folder.resolve("run.conf"), "model.path = m\ndata.train = [ { path = a.txt } ]\n" + keys);
        return RunConfigReader.read(file, List.of(), Optional.empty()).text();
    }
}
