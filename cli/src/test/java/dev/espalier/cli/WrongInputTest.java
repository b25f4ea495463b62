package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with the input is said in one message: what, where, what to do. Nothing is started. */
class WrongInputTest {
    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void prepare() throws IOException {
        run = TinyRun.in(folder);
    }

    @Test
    void aConfigurationThatIsNotThere() {
        refused(Cli.run("prune", folder.resolve("no.conf")), "no.conf", "does not exist");
    }

    @Test
    void aPortForMetricsThatIsNoneOrTaken() throws IOException {
        refused(Cli.run("prune", run.config(), "--metrics-port", 70000), "--metrics-port", "0 to 65535");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refused(Cli.run("prune", run.config(), "--metrics-port", taken.getLocalPort()), "another", "0 for any");
        }
    }

    @Test
    void aModelThatIsNotThere() {
        refused(run.prune("model.path=" + folder.resolve("nowhere")), "nowhere", "does not exist");
    }

    @Test
    void aDirectoryThatIsNoModel() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        refused(run.prune("model.path=" + empty), "config.json");
    }

    @Test
    void aTruncatedWeightFile() throws IOException {
        try (FileChannel file = FileChannel.open(folder.resolve("model/model.safetensors"), StandardOpenOption.WRITE)) {
            file.truncate(50_000);
        }
        refused(run.prune(), "model.safetensors", "truncated");
    }

    @Test
    void theTokenizerOfAnotherModel() throws IOException {
        Path tokenizer = folder.resolve("model/tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer).replaceFirst("\"t\":[0-9]+", "\"t\":5000"));
        Cli result = Cli.run("evaluate", folder.resolve("model"), "--perplexity", folder.resolve("text.txt"));
        refused(result, "the token 't' (id 5000 of " + tokenizer, "only 96 rows", "another model's");
    }

    @Test
    void anEndOfTextBeyondTheVocabulary() throws IOException {
        Path config = folder.resolve("model/config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"eos_token_id\": 2", "\"eos_token_id\": 96"));
        refused(Cli.run("validate", run.config()), "eos_token_id is 96", "only 96 rows (vocab_size): ids are 0 to 95");
    }

    @Test
    void aModelWithoutTokenizer() throws IOException {
        Files.delete(folder.resolve("model/tokenizer.json"));
        refused(run.prune(), "has no tokenizer.json");
    }

    @Test
    void aTextThatIsNotThere() throws IOException {
        Files.delete(folder.resolve("text.txt"));
        refused(run.prune(), "text.txt", "does not exist");
    }

    @Test
    void anEmptyText() throws IOException {
        Files.writeString(folder.resolve("text.txt"), "");
        refused(run.prune(), "text.txt contains no text");
    }

    @Test
    void aFieldThatTheLinesDoNotHave() throws IOException {
        Path lines = Files.writeString(folder.resolve("lines.jsonl"), "{\"content\": \"a text\"}\n");
        refused(run.prune("data.train=[{path=\"" + lines + "\"}]"), "line 1", "text-field");
    }

    @Test
    void aCompressedTextThatWasCut() throws IOException {
        Path cut = Files.write(folder.resolve("cut.txt.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
        refused(run.prune("data.train=[\"" + cut + "\"]"), "cut.txt.gz: it is truncated, damaged, or no gzip data");
    }

    @Test
    void aTargetOfMoreThanEverything() {
        refused(run.prune("prune.target.sparsity=1.2"), "prune.target.sparsity", "1.2");
    }

    @Test
    void anUnknownKey() {
        refused(run.prune("prune.stepz=3"), "prune.stepz", "prune.steps");
    }

    @Test
    void sequencesLongerThanTheModelTakes() {
        refused(run.prune("data.sequence-length=500", "calibrate.tokens=1000"), "500", "128 positions");
    }

    @Test
    void theFolderOfAnotherRun() throws IOException {
        Files.createDirectory(run.out());
        Path stored = Files.writeString(run.out().resolve("run.conf"), "{\"seed\": 1}");
        refused(run.prune(), run.out().toString(), "another name", "--out");
        assertThat(stored).hasContent("{\"seed\": 1}");
        assertThat(run.out().toFile().list()).containsExactly("run.conf");
    }

    @Test
    void aFolderWithOtherThings() throws IOException {
        Files.createDirectory(run.out());
        Files.writeString(run.out().resolve("thesis.txt"), "do not lose this");
        refused(run.prune(), "holds no run", "--out");
        assertThat(run.out().toFile().list()).containsExactly("thesis.txt");
    }

    @Test
    void aFileInPlaceOfTheFolder() throws IOException {
        Files.writeString(run.out(), "x");
        refused(run.prune(), "is a file");
    }

    @Test
    void aTextToMeasureThatIsNotThere() {
        refused(run.prune("evaluate.perplexity=[\"" + folder.resolve("gone.txt") + "\"]"), "gone.txt");
    }

    @Test
    void anAdapterInPlaceOfAModel() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.writeString(adapter.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"cats/Cat-1B\"}");
        refused(run.prune("model.path=" + adapter), "is an adapter for cats/Cat-1B", "merge_and_unload");
    }

    @Test
    void aTokenizerThatIsNoTokenizerJson() throws IOException {
        Files.move(folder.resolve("model/tokenizer.json"), folder.resolve("model/tokenizer.model"));
        refused(run.prune(), "no tokenizer.json, only tokenizer.model", "Convert it once");
    }

    @Test
    void aDeviceThatIsNotThere() {
        refused(run.prune("model.device=cuda:873"), "device cuda:873: this machine shows", "use cpu or auto");
        refused(run.prune("model.device=mps"), "must be auto, cpu or cuda:N");
    }

    @Test
    void aTextTooShortForASequence() throws IOException {
        Files.writeString(folder.resolve("short.txt"), "The cat sat.");
        refused(
                run.prune(
                        "stages=[prune, export]",
                        "prune.method=nuteprune",
                        "prune.refit=false",
                        "prune.initialise-from=magnitude",
                        "data.train=[\"" + folder.resolve("short.txt") + "\"]"),
                "short.txt has only 12 tokens, less than one sequence of 16",
                "data.sequence-length");
    }

    /** Whose window is 128 here, as long as the model takes, and not the 16 of training. */
    @Test
    void aTextTooShortForCalibration() throws IOException {
        Files.writeString(folder.resolve("short.txt"), "The cat sat on the mat.".repeat(5));
        refused(
                run.prune("data.train=[\"" + folder.resolve("short.txt") + "\"]"),
                "short.txt has only 115 tokens, less than one sequence of 128",
                "Calibration reads that many at a time, whatever data.sequence-length");
    }

    @Test
    void aQuestionThatCannotBeScored() throws IOException {
        Path long1 = Files.writeString(
                folder.resolve("long.jsonl"),
                "{\"query\": \"q\", \"choices\": [\"a\", \"" + "b".repeat(200) + "\"], \"gold\": 0}");
        refused(
                run.prune("evaluate.choices=[\"" + long1 + "\"]"),
                "long.jsonl, item 1: a choice has",
                "model takes 128");
    }

    @Test
    void validateTellsAllThatIsTooShortAtOnce() throws IOException {
        Path little = Files.writeString(folder.resolve("little.txt"), "The cat.");
        Path letter = Files.writeString(folder.resolve("letter.txt"), "T");
        Cli result = Cli.run(
                "validate",
                run.config(),
                "--set",
                "model.device=cuda:873",
                "--set",
                "data.train=[\"" + little + "\"]",
                "--set",
                "data.validation=[\"" + little + "\"]",
                "--set",
                "evaluate.perplexity=[\"" + letter + "\"]");
        refused(
                result,
                "5 problems:",
                "device cuda:873",
                "little.txt has only 8 tokens, less than one sequence of 16",
                "little.txt has only 8 tokens, less than one sequence of 128",
                "letter.txt has 1 tokens: there is nothing to predict");
    }

    @Test
    void validateTellsWhatTheExportWillLack() throws IOException {
        Files.writeString(
                folder.resolve("model/tokenizer_config.json"),
                "{\"auto_map\": {\"AutoTokenizer\": [\"cats.Cat\", null]}}");
        Cli result = Cli.run("validate", run.config(), "--out", run.out());
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("the export leaves out auto_map of tokenizer_config.json");
    }

    @Test
    void validateTellsAllOfItAtOnce() throws IOException {
        Files.delete(folder.resolve("model/tokenizer.json"));
        Files.writeString(folder.resolve("text.txt"), "");
        Files.writeString(folder.resolve("choices.jsonl"), "{}");
        Cli result = Cli.run("validate", run.config(), "--set", "evaluate.window=500");
        refused(result, "has no tokenizer.json", "contains no text", "choices.jsonl, line 1", "evaluate.window = 500");
        assertThat(result.err()).contains("problems:");
    }

    @Test
    void validateSaysWhatWouldBeDone() {
        Cli result = Cli.run("validate", run.config(), "--out", run.out());
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("3 layers", "26 336 parameters", "6 steps of 2x16 tokens", "30.0 %", "free")
                .containsPattern("train    .*text.txt: 1 file of txt, \\d\\.\\d\\d KiB");
        assertThat(run.out()).doesNotExist();
    }

    private static void refused(Cli result, String... told) {
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).startsWith("espalier: ").contains(told).doesNotContain("\tat ", "Exception");
        assertThat(result.out()).isEmpty();
    }
}
