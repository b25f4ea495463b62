package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a finished run whose files somebody took away while the coordinator was stopped. */
class FinishedRunTest {
    @TempDir
    Path folder;

    private final List<Work> done = new CopyOnWriteArrayList<>();
    private Path run;

    @Test
    void aFinishedRunIsLeftAloneWhateverIsMissingAndSaysWhatAndResumeMakesItAgain() throws Exception {
        JsonNode finished = complete();
        delete(run.resolve("export"));
        delete(run.resolve("blobs"));
        done.clear();
        try (TestCoordinator coordinator = start()) {
            JsonNode looked = Api.of(coordinator).get("/runs/pear").json();
            assertThat(looked.path("state").asText()).isEqualTo("COMPLETED");
            assertThat(looked.path("evaluation")).isEqualTo(finished.path("evaluation"));
            assertThat(looked.path("stages")).isEqualTo(finished.path("stages"));
            assertThat(looked.path("waiting").asText())
                    .isEqualTo("missing: export/hf/config.json and 1 more, in " + run + "; resume makes them again");
            assertThat(done).as("nothing was done").isEmpty();

            assertThat(Api.of(coordinator).post("/runs/pear/resume", "").status())
                    .isEqualTo(200);
            JsonNode mended = awaitEnd(coordinator);
            assertThat(mended.path("waiting").isNull()).isTrue();
            assertThat(mended.path("evaluation")).isEqualTo(finished.path("evaluation"));
            assertThat(run.resolve("export/hf/config.json")).exists();
            assertThat(done)
                    .as("the export takes the recovered student, which was in blobs/, and that takes the pruned model")
                    .noneMatch(work -> work.leg().equals("scores") || work.leg().equals("cut"))
                    .first()
                    .extracting(Work::kind)
                    .isEqualTo(Work.Kind.TRAIN);
        }
    }

    @Test
    void resumingAFinishedRunThatLacksNothingDoesNothingAlsoWithoutItsBlobs() throws Exception {
        JsonNode finished = complete();
        delete(run.resolve("blobs"));
        done.clear();
        try (TestCoordinator coordinator = start()) {
            assertThat(Api.of(coordinator).get("/runs/pear").json()).isEqualTo(finished);
            assertThat(Api.of(coordinator).post("/runs/pear/resume", "").json()).isEqualTo(finished);
            assertThat(done).isEmpty();
        }
    }

    @Test
    void manifestAndReportOfAnEarlierStateAreMadeAnewWhenTheCoordinatorStarts() throws Exception {
        complete();
        Path manifest = run.resolve("manifest.json");
        String finished = Files.readString(manifest);
        Files.writeString(manifest, finished.replace("COMPLETED", "RUNNING"));
        Path report = Files.writeString(run.resolve("report.html"), "of an earlier end");
        Files.setLastModifiedTime(report, FileTime.from(Instant.EPOCH));
        try (TestCoordinator coordinator = start()) {
            Api.of(coordinator).get("/runs/pear");
            assertThat(manifest).hasContent(finished);
            TestProbe.create(coordinator.system()).awaitAssert(Duration.ofMinutes(1), () -> {
                assertThat(report).content().isNotEqualTo("of an earlier end");
                return null;
            });
        }
    }

    private JsonNode complete() throws IOException, InterruptedException {
        try (TestCoordinator coordinator = start()) {
            assertThat(Api.of(coordinator)
                            .submit(TestCoordinator.config("pear"))
                            .status())
                    .isEqualTo(201);
            run = folder.resolve("runs/pear");
            return awaitEnd(coordinator);
        }
    }

    private TestCoordinator start() throws IOException {
        return TestCoordinator.start(folder, HttpSettings.local(0), this::noted);
    }

    private Optional<Worker.Report> noted(Assignment assignment) {
        done.add(assignment.work());
        return Optional.empty();
    }

    private static JsonNode awaitEnd(TestCoordinator coordinator) throws IOException, InterruptedException {
        try (Events events = Api.of(coordinator).events("/runs/pear/events")) {
            events.until(event -> event.is("ended"));
        }
        return Api.of(coordinator).get("/runs/pear").json();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
