package dev.espalier.methods.policygradient.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.policygradient.policy.PolicyGradientPolicy;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EarlierRunTest {
    private static final Map<String, float[]> ORDER = Map.of("order", new float[] {2, 0, 1});

    @TempDir
    private Path folder;

    @Test
    void theLastVersionOfTheFirstRoundIsGoneOnFrom() throws IOException {
        Path earlier = run("");
        Path start = put(earlier, version(1, 2, 0, 0.5f), ORDER);
        put(earlier, version(1, 2, 7, 0.4f), Map.of());
        put(earlier, version(1, 2, 3, 0.3f), Map.of());
        put(earlier, version(0, 1.5, 0, 0.2f), ORDER);
        put(earlier, version(0, 1.5, 9, 0.1f), Map.of());
        BlobFolder.in(earlier).put(file -> Files.writeString(file, "{}"));
        EarlierRun found = EarlierRun.of(config(earlier));
        assertThat(found.start()).isEqualTo(start);
        assertThat(found.learnt().keep()).containsExactly(0.4f, 0.4f, 0.4f);
    }

    @Test
    void aFolderOfNoRunAndARunThatLearntNothingAreTold() throws IOException {
        assertThatThrownBy(() -> check(folder))
                .isInstanceOf(UserError.class)
                .hasMessage(
                        "prune.policy-gradient.start-from = " + folder + " is no folder of a run: there is no run.conf"
                                + " in it; name the folder of another run, or none to start from prune.initialise-from");
        Path earlier = run("");
        assertThatThrownBy(() -> check(earlier)).isInstanceOf(UserError.class).hasMessageContaining("has not begun");
        Path damaged = put(earlier, version(1, 2, 0, 0.5f), ORDER);
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length - 1] ^= 1;
        Files.write(damaged, bytes);
        assertThatThrownBy(() -> check(earlier))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is damaged: " + damaged);
    }

    @Test
    void whereTheNewestVersionIsCutShortNoOlderOneTakesItsPlace() throws IOException {
        Path earlier = run("");
        put(earlier, version(1, 2, 0, 0.5f), ORDER);
        Path newest = put(earlier, version(1, 2, 7, 0.4f), Map.of());
        byte[] bytes = Files.readAllBytes(newest);
        Files.write(newest, Arrays.copyOf(bytes, bytes.length - 5));
        assertThatThrownBy(() -> check(earlier))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is damaged: " + newest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prune.granularity = [ffn]",
                "prune.head-unit = query",
                "prune.policy-gradient.ffn-block = 16",
                "prune.policy-gradient.faithful = true"
            })
    void aRunOfOtherUnitsIsTold(String setting) throws IOException {
        Path earlier = run(setting);
        assertThatThrownBy(() -> check(earlier)).isInstanceOf(UserError.class).hasMessageContaining("of other units");
    }

    @Test
    void aRunByAnotherMethodIsTold() throws IOException {
        Path earlier = run("prune.method = obs");
        assertThatThrownBy(() -> check(earlier))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.method = obs");
    }

    private void check(Path earlier) throws IOException {
        new PolicyGradientPolicy().checkFiles(config(earlier));
    }

    private RunConfig config(Path earlier) throws IOException {
        return read("own.conf", "prune.policy-gradient.start-from = \"" + earlier + "\"")
                .config();
    }

    private Path run(String setting) throws IOException {
        Path earlier = Files.createDirectories(folder.resolve("earlier"));
        Files.writeString(
                earlier.resolve("run.conf"), read("earlier.conf", setting).text());
        return earlier;
    }

    private ResolvedRun read(String name, String setting) throws IOException {
        Path file = Files.writeString(
                folder.resolve(name),
                """
                model.path = m
                data.train = [ { path = a.txt } ]
                prune { method = policy-gradient, granularity = [heads, ffn] }
                export.uniform = false
                """
                        + setting);
        return RunConfigReader.read(file, List.of(), Optional.of(folder));
    }

    private static Path put(Path run, Distribution version, Map<String, float[]> more) throws IOException {
        BlobFolder blobs = BlobFolder.in(run);
        return blobs.path(blobs.put(file -> DistributionFile.write(file, version, more)));
    }

    /** @param cost of one of three units; 0: an earlier round took it */
    private static Distribution version(float cost, double limit, int steps, float keep) {
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, 3)));
        Budget budget = new Budget(layout, new int[1], new double[] {limit}, new float[] {1, cost, 1}, 0, 0);
        float[] all = {keep, keep, keep};
        return new Distribution(budget, all, all, 0, steps, 0, 0);
    }
}
