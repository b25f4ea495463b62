package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.RunConfig.ScheduleKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunConfigReaderTest {
    private static final String LEAST = "model.path = m\ndata.train = [ { path = a.txt } ]\n";

    @TempDir
    Path folder;

    @Test
    void whatTheFileLeavesOutTakesTheDocumentedDefaults() throws IOException {
        RunConfig config = read(LEAST).config();

        assertThat(config.name()).isEqualTo("test-run");
        assertThat(config.seed()).isEqualTo(42);
        assertThat(config.stages()).containsExactlyElementsOf(Stage.USUAL);
        assertThat(config.data().sequenceLength()).isEqualTo(512);
        assertThat(config.prune().sparsity()).isEqualTo(0.2);
        assertThat(config.prune().granularity()).containsExactly(Granularity.FFN);
        assertThat(config.prune().initialiseFrom()).contains("obs");
        assertThat(config.prune().schedule()).isEqualTo(new RunConfig.Schedule(ScheduleKind.CUBIC, 24));
        assertThat(config.prune().gates()).isEqualTo(new RunConfig.Gates(0.3, 0.05, 0.1));
        assertThat(config.prune().lora().modules()).containsExactly("q", "k", "v", "o", "gate", "up", "down");
        assertThat(config.recover().warmupSteps()).isEqualTo(10);
        assertThat(config.export()).isEqualTo(new RunConfig.Export(List.of("hf"), true, 1, "f32", "same"));
        assertThat(config.data().train())
                .containsExactly(
                        new RunConfig.TextSource(folder.resolve("a.txt").toString(), "text", "default", 1.0, 0));
    }

    @Test
    void textsMayBePlainStrings() throws IOException {
        assertThat(read("model.path = m\ndata.train = [ a.txt, { path = b.txt, weight = 2 }, \"c/**.txt\" ]\n")
                        .config()
                        .data()
                        .train())
                .extracting(RunConfig.TextSource::path, RunConfig.TextSource::weight)
                .containsExactly(
                        tuple(folder.resolve("a.txt").toString(), 1.0),
                        tuple(folder.resolve("b.txt").toString(), 2.0),
                        tuple(folder.resolve("c/**.txt").toString(), 1.0));
        assertThatThrownBy(() -> read("model.path = m\ndata.train = [ 3 ]\n"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.train[0] = 3: must be a path, or a section in braces, { path = ..., ... }");
    }

    @Test
    void aTildeIsTheHomeFolderOfWhoWroteTheFileAndNobodysOnceItIsSent() throws IOException {
        String home = System.getProperty("user.home");
        RunConfig config = read("model.path = \"~/m\"\ndata.train = [ \"~/t/**/*.txt\", { path = \"a~/~\" } ]\n"
                        + "evaluate.perplexity = [ \"~/t.txt\" ]\n")
                .config();
        assertThat(config.model().path()).isEqualTo(Path.of(home, "m"));
        assertThat(config.data().train())
                .extracting(RunConfig.TextSource::path)
                .containsExactly(home + "/t/**/*.txt", folder.resolve("a~/~").toString());
        assertThat(config.evaluate().perplexity()).containsExactly(Path.of(home, "t.txt"));
        assertThatThrownBy(() -> RunConfigReader.submitted(
                        "run.name = sent\nmodel.path = \"~/m\"\ndata.train = [ \"/a.txt\" ]\n", folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.path")
                .hasMessageContaining("must be an absolute path");
    }

    @Test
    void aByteOrderMarkDoesNotMatter() throws IOException {
        assertThat(read("\uFEFF" + LEAST).config()).isEqualTo(read(LEAST).config());
    }

    @Test
    void faithfulTakesThePapersValuesWhereTheFileSetsNone() throws IOException {
        RunConfig.Prune prune = read(LEAST + "prune { faithful = true, steps = 700, lora.rank = 4 }")
                .config()
                .prune();

        assertThat(prune.distillation()).isEqualTo(new RunConfig.Distillation(2.0 / 3, 0.1, 0.9));
        assertThat(prune.granularity()).containsExactly(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN);
        assertThat(prune.headUnit()).isEqualTo(HeadUnit.QUERY);
        assertThat(prune.initialiseFrom()).isEmpty();
        assertThat(prune.refit()).isFalse();
        assertThat(prune.schedule()).isEqualTo(new RunConfig.Schedule(ScheduleKind.LINEAR, 100));
        assertThat(prune.lora()).isEqualTo(new RunConfig.Lora(List.of("q", "v"), 4, 8));
        assertThat(prune.learningRate()).isEqualTo(new RunConfig.LearningRates(1e-3, 0.1, 0.1));
    }

    @Test
    void theCommandLineBeatsTheFileAndTheLastOverrideBeatsTheOthers() throws IOException {
        ResolvedRun run = read(
                LEAST + "prune.steps = 5",
                "prune.steps=6",
                "prune.steps=70",
                "prune.granularity=[heads, ffn]",
                "model.path=my#model",
                "run.name = other");

        assertThat(run.config().prune().steps()).isEqualTo(70);
        assertThat(run.config().prune().granularity()).containsExactly(Granularity.HEADS, Granularity.FFN);
        assertThat(run.config().model().path()).isEqualTo(Path.of("my#model").toAbsolutePath());
        assertThat(run.directory()).isEqualTo(Path.of("runs/other").toAbsolutePath());
    }

    @Test
    void relativePathsBelongToTheFileTheyStandIn() throws IOException {
        Files.createDirectories(folder.resolve("common"));
        Files.writeString(folder.resolve("common/base.conf"), "model.path = ../models/m");

        RunConfig config = read("include \"common/base.conf\"\n"
                        + "data.train = [ { path = \"texts/*.jsonl\", skip-last = 200 } ]\n"
                        + "evaluate.perplexity = [valid.txt, /abs/other.txt]")
                .config();

        assertThat(config.model().path()).isEqualTo(folder.resolve("models/m"));
        assertThat(config.data().train().get(0).path())
                .isEqualTo(folder.resolve("texts").resolve("*.jsonl").toString());
        assertThat(config.evaluate().perplexity())
                .containsExactly(folder.resolve("valid.txt"), Path.of("/abs/other.txt"));
    }

    @Test
    void theEnvironmentIsSubstituted() throws IOException {
        String path = System.getenv("PATH");

        RunConfig config = read(LEAST + "data.train = [ { path = a.txt, text-field = ${PATH} } ]\n"
                        + "model.dtype = ${?ESPALIER_NO_SUCH_VARIABLE}")
                .config();

        assertThat(config.data().train().get(0).textField()).isEqualTo(path);
        assertThat(config.model().dtype()).isEqualTo("f32");
    }

    @Test
    void theResolvedTextGivesTheSameConfigurationBackWithoutTheFile() throws IOException {
        ResolvedRun run = read(
                LEAST
                        + "prune { faithful = true, target.sparsity = 0.35 }\nseed = -9223372036854775808\n"
                        + "data.validation = [ { path = v.jsonl, domain = web, weight = 0.3, text-field = \"a \\\"b\\\" ${x\" } ]");

        assertThat(RunConfigReader.parse(run.text())).isEqualTo(run.config());
        assertThat(run.text().getBytes(StandardCharsets.UTF_8).length).isLessThan(128 * 1024);
    }

    @Test
    void aShareOfWhatIsTrainedOnIsHeldOutInTheSameDomain() throws IOException {
        ResolvedRun run = read(
                LEAST
                        + "data { train = [ { path = a.jsonl, domain = web }, b.txt ], validation = [v.txt], validation-share = 0.05 }");
        RunConfig.Data data = run.config().data();

        assertThat(data.train()).extracting(RunConfig.TextSource::part).containsOnly(new DocumentPart(0.05, false));
        assertThat(data.validation())
                .extracting(RunConfig.TextSource::domain, RunConfig.TextSource::part)
                .containsExactly(
                        tuple("default", DocumentPart.ALL),
                        tuple("web", new DocumentPart(0.05, true)),
                        tuple("default", new DocumentPart(0.05, true)));
        assertThat(RunConfigReader.parse(run.text())).isEqualTo(run.config());
    }

    @Test
    void aTextMayBeConversations() throws IOException {
        ResolvedRun run = read(
                LEAST + "data.train = [ { path = a.jsonl, format = chat, chat-field = dialog, loss = all }, b.txt ]");
        List<RunConfig.TextSource> train = run.config().data().train();

        assertThat(train.get(0).chats()).contains(new RunConfig.Chats("dialog", false));
        assertThat(train.get(1).chats()).isEmpty();
        assertThat(RunConfigReader.parse(run.text())).isEqualTo(run.config());
    }

    @Test
    void allProblemsAreToldAtOnceWithPlaceAndRemedy() {
        assertThatThrownBy(() -> read(
                        """
                        model.path = m
                        model.device = gpu
                        prune {
                          target.sparsity = 1.2
                          stepps = 100
                          batch-size = many
                          granularity = [ffn, neurons]
                          method = magic
                        }
                        data.train = []
                        data.sequence-length = 12.5
                        """,
                        "recover.steps=0"))
                .isInstanceOf(UserError.class)
                .satisfies(
                        e -> assertThat(e.getMessage()
                                        .lines()
                                        .map(String::strip)
                                        .toList())
                                .startsWith("8 problems in " + file() + ":")
                                .contains(
                                        file() + ":2: model.device = \"gpu\": must be auto, cpu or cuda:N",
                                        file()
                                                + ":4: prune.target.sparsity = 1.2: must be a number above 0, at most 0.95",
                                        file() + ":5: prune.stepps = 100: unknown key; did you mean prune.steps?",
                                        file()
                                                + ":6: prune.batch-size = \"many\": must be a whole number from 1 to 65536",
                                        file()
                                                + ":7: prune.granularity = \"neurons\": must be heads, ffn, hidden, layers or blocks",
                                        file()
                                                + ":10: data.train = []: must not be empty: name a text, such as data.train ="
                                                + " [ { path = \"corpus.txt\" } ]",
                                        file()
                                                + ":11: data.sequence-length = 12.5: must be a whole number from 8 to 1048576",
                                        "--set recover.steps: recover.steps = \"0\": must be a whole number from 1 to 10000000"));
    }

    @Test
    void aMissingModelIsNamedWithTheFile() {
        assertThatThrownBy(() -> read("data.train = [ { path = a.txt } ]"))
                .isInstanceOf(UserError.class)
                .hasMessage(file() + ": model.path is missing: name the folder of a Hugging Face checkpoint");
    }

    @Test
    void aKeyInTheWrongSectionIsSentToTheRightOne() {
        assertThatThrownBy(() -> read(LEAST + "run.seed = 3"))
                .hasMessage(file() + ":3: run.seed = 3: unknown key; did you mean seed?");
        assertThatThrownBy(() -> read(LEAST + "prune.sparsity = 0.3"))
                .hasMessageContaining("did you mean prune.target.sparsity?");
        assertThatThrownBy(() -> read("model.path = m, data.train = [ { path = a, wieght = 2 } ]"))
                .hasMessageContaining("data.train[0].wieght = 2: unknown key; did you mean data.train[0].weight?");
    }

    @Test
    void keysThatContradictEachOtherAreRefused() {
        problem(
                "prune { steps = 100, schedule.warmup-steps = 101 }",
                "must be at most prune.gates.harden-at * prune.steps (10)");
        problem("prune { granularity = [heads], head-unit = query }", "set prune.head-unit = group");
        problem("prune.granularity = []", "must not be empty");
        problem("prune.lora.modules = [q, q]", "stands there twice");
        problem("stages = [calibrate, recover]", "recover needs a pruned model");
        problem("stages = [evaluate], evaluate.latency = false", "leaves nothing to measure");
        problem("evaluate.window = 1", "must be at least 2");
        problem("calibrate.tokens = 100", "must be at least one sequence");
        problem("export.gguf.dtype = q8_0", "is read with gguf in export.formats only");
        problem("export { uniform = false, ffn-multiple = 8 }", "has no effect with prune.method");
        problem("recover { steps = 5, warmup-steps = 6 }", "must be at most recover.steps (5)");
    }

    @Test
    void roundsAreStagesThatComeAgainAndANumberForEach() throws IOException {
        String rounds = "stages = [calibrate, prune, recover, calibrate, prune, recover, export]\n"
                + "prune.target.sparsity = [0.1, 0.2]\n";
        ResolvedRun run = read(LEAST + rounds);
        RunConfig config = run.config();
        assertThat(config.stages())
                .extracting(Stage::word)
                .containsExactly("calibrate", "prune", "recover", "calibrate-2", "prune-2", "recover-2", "export");
        assertThat(config.prune().sparsity()).as("of the run").isEqualTo(0.2);
        assertThat(config.at(Stage.PRUNE).prune().rounds()).containsExactly(0.1);
        assertThat(config.at(Stage.RECOVER).prune().sparsity()).isEqualTo(0.1);
        assertThat(config.at(new Stage("calibrate", 2)).prune().rounds()).containsExactly(0.1, 0.2);
        assertThat(config.at(Stage.EXPORT)).isSameAs(config);
        assertThat(RunConfigReader.parse(run.text())).isEqualTo(config);
    }

    @Test
    void roundsThatMakeNoSenseAreRefusedWithTheReason() {
        String twice = "prune.target.sparsity = [0.1, 0.2], stages = ";
        problem(
                "stages = [prune, recover, prune, export]",
                "a number for each prune among the stages, of which there are 2");
        problem("prune.target.sparsity = [0.1, 0.2]", "a number for each prune among the stages, of which there is 1");
        problem("stages = [prune, prune], prune.target.sparsity = [0.2, 0.1]", "must rise from round to round");
        problem("prune.target.sparsity = []", "must not be empty");
        problem("prune.target.sparsity = [0.1, 2]", "prune.target.sparsity = 2: must be a number above 0");
        problem(twice + "[prune, recover, recover, prune]", "natural order");
        problem(twice + "[prune, export, prune]", "prune-2 comes right after export");
        problem(twice + "[prune, calibrate, recover, prune]", "recover comes");
        problem(twice + "[prune, prune, calibrate, evaluate]", "the last calibrate is for nothing");
        problem(twice + "[export, prune, prune]", "export needs a pruned model");
        problem(twice + "[prune, prune], prune.granularity = [hidden]", "only heads and ffn can go in rounds");
        problem(twice + "[prune, prune], prune { faithful = true, granularity = [ffn] }", "knows one round");
        assertThatThrownBy(() -> read(LEAST + "stages = [evaluate, export, prune], prune.target.sparsity = [0.2, 0.1]"))
                .as("all at once")
                .hasMessageContaining("export comes right after evaluate")
                .hasMessageContaining("prune comes right after export")
                .hasMessageContaining("export needs a pruned model")
                .hasMessageContaining("must rise");
    }

    @Test
    void numbersThatAreNoneAreRefused() {
        for (String number : List.of("NaN", "Infinity", "1e999", "0x10", "1f", "[1]", "null", "true")) {
            problem("prune.target.sparsity = " + number, "prune.target.sparsity");
        }
        problem("prune.steps = 99999999999999999999", "must be a whole number");
    }

    @Test
    void aSectionThatIsAValueIsOneProblemAndNotOnePerKey() {
        assertThatThrownBy(() -> read(LEAST + "prune.lora = 8"))
                .hasMessage(file() + ":3: prune.lora = 8: must be a section, prune.lora { ... }");
    }

    @Test
    void aNameThatCouldLeaveTheRunsFolderIsRefused() {
        problem("run.name = \"../elsewhere\"", "letters, digits, dots");
        problem("run.name = \"<script>\"", "letters, digits, dots");
    }

    @Test
    void filesThatAreNoConfigurationAreToldApart() throws IOException {
        Path missing = folder.resolve("missing.conf");
        assertUserError(missing, "does not exist");
        assertUserError(folder, "is a directory");
        Path malformed = Files.writeString(folder.resolve("malformed.conf"), "prune { steps = \n [ }");
        assertUserError(malformed, "malformed.conf: 2:");
        Path unresolved = Files.writeString(folder.resolve("unresolved.conf"), "model.path = ${ESPALIER_NO_SUCH}");
        assertUserError(unresolved, "ESPALIER_NO_SUCH");
        Path deep = Files.writeString(folder.resolve("deep.conf"), "a = " + "[".repeat(200_000));
        assertUserError(deep, "nested too deeply");
    }

    @Test
    void anOverrideThatIsNotKeyAndValueIsRefused() {
        assertThatThrownBy(() -> read(LEAST, "prune.steps"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("write key=value");
        assertThatThrownBy(() -> read(LEAST, "prune..steps=3")).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> read(LEAST, "stages=[prune")).isInstanceOf(UserError.class);
    }

    @Test
    void textFromTheWireCannotIncludeFilesAndIsBounded() {
        Path secret = folder.resolve("secret.conf");

        assertThatThrownBy(() -> RunConfigReader.parse("include file(\"" + secret + "\")"))
                .isInstanceOf(UserError.class);
        assertThatThrownBy(() -> RunConfigReader.parse("{\"a\": \"" + "x".repeat(200_000) + "\"}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("longer than");
        assertThatThrownBy(() -> RunConfigReader.parse("{\"model\": {\"path\": \"relative\"}}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("must be an absolute path");
    }

    @Test
    void aConfigurationTooLargeForAMessageIsRefusedWhileItIsRead() {
        String sources = "{ path = a.txt },".repeat(2_000);

        assertThatThrownBy(() -> read("model.path = m\ndata.train = [" + sources + "]"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("name many files with one pattern");
    }

    private void problem(String more, String expected) {
        assertThatThrownBy(() -> read(LEAST + more))
                .as(more)
                .isInstanceOf(UserError.class)
                .hasMessageContaining(expected)
                .hasMessageNotContaining("\n");
    }

    private static void assertUserError(Path file, String expected) {
        assertThatThrownBy(() -> RunConfigReader.read(file, List.of(), Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(expected)
                .hasMessageNotContaining("\n");
    }

    private Path file() {
        return folder.resolve("test-run.conf");
    }

    private ResolvedRun read(String text, String... overrides) throws IOException {
        Files.writeString(file(), text);
        return RunConfigReader.read(file(), List.of(overrides), Optional.empty());
    }
}
