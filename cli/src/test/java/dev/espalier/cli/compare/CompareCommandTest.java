package dev.espalier.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.Cli;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.TinyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    private static final String ONE_SHOT = "stages=[calibrate,prune,export,evaluate]";

    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void prepare() throws IOException {
        run = TinyRun.in(folder);
    }

    @Test
    void everyMethodAtEverySparsityIsInOneTableAndWhatIsDoneIsNotDoneAgain() throws IOException {
        String[] command = {"--methods", "magnitude,wanda-sp", "--sparsity", "0.2,0.4", "--set", "recover.steps=2"};

        Cli first = compare(command);

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.err())
                .contains("run 1 of 4: magnitude-20\n", "run 4 of 4: wanda-sp-40, about ", " left in all");
        assertThat(first.out())
                .contains("dense", "magnitude, 20 %, pruned", "wanda-sp, 40 %, recovered", "\u00b1", "seconds")
                .contains("report: " + run.out().resolve("compare.html"));
        assertThat(run.out().resolve("compare.md")).content().contains("| wanda-sp, 40 %, pruned |");
        assertThat(run.out().resolve("compare.html")).content().contains("wanda-sp-40/report.html", "class=\"mark");

        Path last = run.out().resolve("wanda-sp-40");
        delete(last);
        List<Object> before = manifests();
        Cli again =
                compare(Stream.concat(Stream.of(command), Stream.of("--json")).toArray(String[]::new));

        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err())
                .contains("run 3 of 4: magnitude-40 is done already", "run 4 of 4: wanda-sp-40, about ")
                .doesNotContain("run 1 of 4: magnitude-20,");
        JsonNode json = new ObjectMapper().readTree(again.out());
        assertThat(json.at("/dense/perplexity/0/value").asDouble()).isGreaterThan(1);
        assertThat(json.path("runs")).hasSize(4).allSatisfy(one -> {
            assertThat(one.path("state").asText()).isEqualTo("COMPLETED");
            assertThat(one.at("/evaluation/after-prune/choices/0/n").asInt()).isEqualTo(3);
            assertThat(one.at("/evaluation/after-recover/parameters").asLong()).isPositive();
            assertThat(one.at("/seconds/recover").isNumber()).isTrue();
        });
        assertThat(last.resolve("report.html")).exists();
        delete(last);
        assertThat(manifests()).isEqualTo(before);
    }

    @Test
    @Tag("endurance")
    void theDenseModelIsMeasuredOnceAndTakenFromThereByRunsThatAskTheSameOfIt() throws IOException {
        String[] command = {"--methods", "magnitude,wanda-sp", "--set", ONE_SHOT};

        Cli done = compare(command);

        assertThat(done.code()).as(done.err()).isZero();
        ObjectNode measured = dense("magnitude");
        assertThat(measured.has("taken-from")).isFalse();
        assertThat(dense("wanda-sp")).isEqualTo(measured.deepCopy().put("taken-from", "magnitude"));
        assertThat(run.out().resolve("compare.html"))
                .content()
                .contains("magnitude measured the dense model, and 1 other run took its numbers from there");
        assertThat(run.out().resolve("wanda-sp/report.html")).content().contains("dense, as magnitude measured it");
        assertThat(measurements()).hasSize(1);

        delete(run.out().resolve("magnitude"));
        assertThat(compare(command).code()).isZero();
        assertThat(dense("magnitude")).as("it took them from no other").isEqualTo(measured);

        Cli otherwise = compare(command[0], command[1], command[2], command[3], "--set", "wanda-sp:evaluate.limit=2");

        assertThat(otherwise.code()).as(otherwise.err()).isZero();
        assertThat(dense("wanda-sp").has("taken-from")).as("of fewer questions").isFalse();
        assertThat(dense("wanda-sp").at("/choices/0/n").asInt()).isEqualTo(2);
        assertThat(measurements()).hasSize(2);

        for (Path file : measurements()) {
            Files.writeString(file, "{\"of\": {}");
        }
        Cli spoilt = compare(command);

        assertThat(spoilt.code()).as(spoilt.err()).isEqualTo(ExitCode.FAILED);
        assertThat(spoilt.out()).contains("wanda-sp, 30 %: failed in evaluate: ", "delete it");
        for (Path file : measurements()) {
            Files.delete(file);
        }
        Cli mended = compare(command);
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(dense("wanda-sp").has("taken-from"))
                .as("nobody to take it from")
                .isFalse();
    }

    @Test
    void aRunThatFailsIsToldTheOthersGoOnAndTheSameCommandGoesOnWithIt() throws IOException {
        // Behind what is looked at before a run starts; magnitude alone reads no text.
        Path text = folder.resolve("text.jsonl");
        String whole = "{\"text\": \"The cat sat on the mat.\"}\n".repeat(1100);
        Files.writeString(text, whole + "{\"text\": 7}\n");
        String[] command = {
            "--methods",
            "obs,magnitude",
            "--set",
            ONE_SHOT,
            "--set",
            "magnitude:prune.refit=false",
            "--set",
            "data.train=[\"" + text + "\"]"
        };

        Cli failed = compare(command);

        assertThat(failed.code()).as(failed.err()).isEqualTo(ExitCode.FAILED);
        assertThat(failed.out())
                .contains("magnitude, 30 %, pruned")
                .containsPattern("obs, 30 %: failed in prune: .*line 1101");
        assertThat(run.out().resolve("compare.html")).content().contains("line 1101");

        Files.writeString(text, whole);
        Cli mended = compare(command);

        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(mended.err()).contains("run 2 of 2: magnitude is done already");
        assertThat(mended.out()).contains("obs, 30 %, pruned").doesNotContain("failed", "recovered");

        refused(
                compare("--methods", "obs,magnitude", "--set", ONE_SHOT, "--set", "seed=7"),
                "obs: the run in " + run.out().resolve("obs") + " was begun with other values of",
                "magnitude: the run in",
                "seed");
    }

    @Test
    void allThatIsWrongWithAnyRunIsToldBeforeTheFirstStarts() {
        refused(
                compare("--methods", "obs,magnitud,sheared", "--sparsity", "0.2,1.2", "--set", "export.uniform=false"),
                "problems:",
                "magnitud-20, magnitud-120: ",
                "sheared-20, sheared-120: ",
                "obs-120, magnitud-120, sheared-120: ",
                "prune.target.sparsity = ");
        refused(
                compare(
                        "--methods",
                        "obs,wanda-sp",
                        "--set",
                        "evaluate.perplexity=[\"" + folder.resolve("gone.txt") + "\"]"),
                "espalier: The text file " + folder.resolve("gone.txt") + " does not exist");
        assertThat(run.out()).doesNotExist();
    }

    @Test
    void whatMakesNoComparisonIsRefused() throws IOException {
        refused(compare("--methods", "obs,obs"), "--methods names one of its values twice");
        refused(compare("--methods", "obs", "--sparsity", "0.2,0.20"), "--sparsity names one of its values twice");
        refused(compare("--methods", "obs", "--sparsity", "a fifth"), "--sparsity", "must be a share", "a fifth");
        refused(
                compare("--methods", "obs", "--set", "prune.method=flap"),
                "compare sets prune.method itself",
                "--methods");
        refused(compare("--methods", "obs", "--set", "flap:prune.refit=false"), "flap is none of --methods obs");
        refused(
                compare("--methods", "obs", "--set", "stages=[calibrate,prune,export]"),
                "there must be prune and evaluate");
        refused(
                compare("--methods", "obs", "--set", "evaluate={perplexity=[],choices=[],latency=true}"),
                "to compare the models by");
        Files.createDirectory(run.out());
        Files.writeString(run.out().resolve("thesis.txt"), "do not lose this");
        refused(compare("--methods", "obs"), "holds no comparison", "--out");
        assertThat(run.out().toFile().list()).containsExactly("thesis.txt");
    }

    @Test
    void helpHasExamples() {
        assertThat(Cli.run("compare", "--help").out()).contains("Examples:", "--methods obs,flap,magnitude");
        assertThat(Cli.run("--help").out()).contains("compare       Prune a model by several methods");
    }

    private Cli compare(String... options) {
        List<Object> arguments =
                new ArrayList<>(List.of("compare", run.config(), "--out", run.out(), "--port", "none"));
        arguments.addAll(List.of(options));
        return Cli.run(arguments.toArray());
    }

    private ObjectNode dense(String name) throws IOException {
        Path manifest = run.out().resolve(name).resolve("manifest.json");
        return (ObjectNode) new ObjectMapper().readTree(manifest.toFile()).at("/evaluation/before");
    }

    /** Of the dense model. */
    private List<Path> measurements() throws IOException {
        try (Stream<Path> files = Files.list(run.out())) {
            return files.filter(file -> file.getFileName().toString().startsWith("dense-"))
                    .toList();
        }
    }

    /** When each was written last. */
    private List<Object> manifests() throws IOException {
        List<Object> written = new ArrayList<>();
        try (Stream<Path> files = Files.walk(run.out(), 2)) {
            for (Path file :
                    files.filter(it -> it.endsWith("manifest.json")).sorted().toList()) {
                written.add(file);
                written.add(Files.getLastModifiedTime(file));
            }
        }
        return written;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void refused(Cli result, String... told) {
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).startsWith("espalier: ").contains(told).doesNotContain("\tat ", "Exception");
        assertThat(result.out()).isEmpty();
    }
}
