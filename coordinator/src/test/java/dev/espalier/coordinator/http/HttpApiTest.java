package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.http.Events.Event;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API over a real socket, in front of real runs on a real journal. */
class HttpApiTest {
    @TempDir
    static Path folder;

    /** Stages of runs that fail, and that wait, until they are taken out. */
    private static final Set<String> FAILING = ConcurrentHashMap.newKeySet();

    private static final Map<String, CountDownLatch> HELD = new ConcurrentHashMap<>();

    private static TestCoordinator coordinator;
    private static Api api;

    @BeforeAll
    static void start() throws IOException {
        coordinator = TestCoordinator.start(folder, HttpSettings.local(0), HttpApiTest::worker);
        api = Api.of(coordinator);
    }

    @AfterAll
    static void stop() {
        HELD.values().forEach(CountDownLatch::countDown);
        coordinator.close();
    }

    private static Optional<Worker.Report> worker(Assignment assignment) {
        String place = place(assignment.key().run(), assignment.key().stage());
        CountDownLatch gate = HELD.get(place);
        if (gate != null) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return FAILING.contains(place) ? Optional.of(TestCoordinator.failure(assignment)) : Optional.empty();
    }

    @Test
    void aSubmittedRunIsWatchedToItsEnd() throws Exception {
        Api.Answer submitted = api.submit(config("watched"));
        assertThat(submitted.status()).as(submitted.json()::toString).isEqualTo(201);
        assertThat(submitted.response().headers().firstValue("Location")).contains("/api/v1/runs/watched");
        assertThat(submitted.json().path("run").asText()).isEqualTo("watched");

        List<Event> events = watch("watched");

        assertThat(events.get(0).kind()).isEqualTo("status");
        assertThat(events.get(events.size() - 1).data().path("state").asText()).isEqualTo("COMPLETED");
        assertThat(events.stream()
                        .filter(event -> event.is("stage"))
                        .map(event -> event.data().path("stage").asText()))
                .containsSubsequence("calibrate", "prune", "recover", "export", "evaluate");
        assertThat(events).anyMatch(event -> event.is("step"));
        assertThat(api.get("/runs/watched").json().path("state").asText()).isEqualTo("COMPLETED");
        assertThat(folder.resolve("runs/watched/run.conf")).exists();
    }

    @Test
    void aWatcherThatComesBackGetsExactlyWhatItMissed() throws Exception {
        api.submit(config("again"));
        List<Event> all = new ArrayList<>(watch("again"));
        all.removeIf(event -> event.id().isEmpty());
        int half = all.size() / 2;
        try (Events rest =
                api.events("/runs/again/events", "Last-Event-ID", all.get(half).id())) {
            assertThat(rest.until(event -> event.is("ended")))
                    .containsExactlyElementsOf(all.subList(half + 1, all.size()));
        }
    }

    @Test
    void aWatcherWhosePlaceIsGoneIsToldAndGetsTheStatus() throws Exception {
        api.submit(config("gone"));
        watch("gone");
        try (Events events = api.events("/runs/gone/events", "Last-Event-ID", "12-34")) {
            assertThat(events.next().kind()).isEqualTo("missed");
            assertThat(events.next().kind()).isEqualTo("status");
            assertThat(events.next().kind()).isEqualTo("stage");
        }
    }

    @Test
    void aWatcherFromNowOnHearsNothingOld() throws Exception {
        hold("from-now", Stage.EXPORT);
        api.submit(config("from-now"));
        await("from-now", Stage.EXPORT, "RUNNING");
        try (Events events = api.events("/runs/from-now/events?from=now")) {
            assertThat(events.next().data().at("/stages/1/state").asText()).isEqualTo("COMPLETED");
            release("from-now", Stage.EXPORT);
            Event first = events.next();
            assertThat(first.data().path("stage").asText()).isEqualTo("export");
            assertThat(first.data().path("state").asText()).isEqualTo("COMPLETED");
        }
    }

    @Test
    void aFailedStageTellsWhyAndIsResumed() throws Exception {
        FAILING.add(place("mended", Stage.RECOVER));
        api.submit(config("mended"));
        List<Event> events = watch("mended");
        JsonNode end = events.get(events.size() - 1).data();
        assertThat(end.path("state").asText()).isEqualTo("FAILED");
        assertThat(end.path("stage").asText()).isEqualTo("recover");
        assertThat(end.path("cause").asText()).isEqualTo("the device is on fire");
        assertThat(end.path("permanent").asBoolean()).isTrue();

        FAILING.remove(place("mended", Stage.RECOVER));
        Api.Answer resumed = api.post("/runs/mended/resume", "{}");
        assertThat(resumed.status()).isEqualTo(200);
        await("mended", Stage.EVALUATE, "COMPLETED");
    }

    @Test
    void commandsDoWhatTheySay() throws Exception {
        hold("obedient", Stage.PRUNE);
        api.submit(config("obedient"));
        await("obedient", Stage.PRUNE, "RUNNING");
        assertThat(command("obedient", "pause")).isEqualTo("PAUSED");
        release("obedient", Stage.PRUNE);
        assertThat(command("obedient", "resume")).isEqualTo("RUNNING");
        await("obedient", Stage.EVALUATE, "COMPLETED");
        hold("obedient", Stage.RECOVER);
        Api.Answer retried = api.post("/runs/obedient/retry", "{\"stage\":\"recover\"}");
        assertThat(retried.json().path("state").asText())
                .as(retried.json()::toString)
                .isEqualTo("RUNNING");
        assertThat(retried.json().at("/stages/2/state").asText()).isEqualTo("RUNNING");
        assertThat(retried.json().at("/stages/3/state").asText()).isEqualTo("PENDING");
        assertThat(command("obedient", "pause")).isEqualTo("PAUSED");
        assertThat(api.post("/runs/obedient/skip", "{}")
                        .json()
                        .at("/stages/2/state")
                        .asText())
                .isEqualTo("SKIPPED");
        assertThat(command("obedient", "cancel")).isIn("CANCELLED", "COMPLETED");
        release("obedient", Stage.RECOVER);
    }

    @Test
    void aRefusedCommandSaysWhy() throws Exception {
        api.submit(config("stubborn"));
        watch("stubborn");
        Api.Answer refused = api.post("/runs/stubborn/pause", "{}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.response().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(refused.json().path("type").asText()).isEqualTo("urn:espalier:problem:refused");
        assertThat(refused.detail()).contains("not running").contains("COMPLETED");
    }

    @Test
    void anUnknownRunIsNamedWithThoseThatMayHaveBeenMeant() throws Exception {
        api.submit(config("smol-20"));
        Api.Answer unknown = api.get("/runs/smol-21");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.detail()).contains("there is no run smol-21: did you mean smol-20");
        assertThat(unknown.json().path("similar").get(0).asText()).isEqualTo("smol-20");
        assertThat(api.post("/runs/smol-21/pause", "{}").status()).isEqualTo(404);
        assertThat(api.get("/runs/..%2F..%2Fetc/config").status()).isEqualTo(404);
    }

    @Test
    void allThatIsWrongWithAConfigurationIsToldAtOnce() throws Exception {
        Api.Answer wrong = api.submit(config("wrong") + "prune.stepps = 3\nmodel.path = here");
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.detail()).contains("did you mean prune.steps", "must be an absolute path");
        assertThat(api.get("/runs/wrong").status()).as("nothing was started").isEqualTo(404);
    }

    @Test
    void anotherConfigurationUnderTheSameNameIsRefused() throws Exception {
        api.submit(config("taken"));
        watch("taken");
        Api.Answer refused = api.submit(config("taken") + "seed = 77");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).contains("seed").contains("choose another run.name");
        assertThat(api.submit(config("taken")).status())
                .as("the same again resumes")
                .isEqualTo(201);
    }

    @Test
    void aRunThatWasRemovedLeavesItsNameToAnother() throws Exception {
        api.submit(config("freed"));
        watch("freed");
        Api.Answer removed = api.post("/runs/freed/remove", "{}");
        assertThat(removed.status()).isEqualTo(200);
        assertThat(removed.json().path("left")).isEmpty();
        assertThat(folder.resolve("runs/freed")).doesNotExist();
        assertThat(api.get("/runs/freed").status()).isEqualTo(404);
        assertThat(api.submit(config("freed") + "seed = 77").status()).isEqualTo(201);
        watch("freed");
        assertThat(api.get("/runs/freed/config").json().path("seed").asInt()).isEqualTo(77);
    }

    @Test
    void aFolderThatHoldsSomethingElseIsLeftAlone() throws Exception {
        Files.createDirectories(folder.resolve("runs/occupied"));
        Files.writeString(folder.resolve("runs/occupied/diary.txt"), "dear diary");
        Api.Answer refused = api.submit(config("occupied"));
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.detail()).contains("is not empty");
    }

    @Test
    void theListHasTheNewestFirstAndGoesOnPageByPage() throws Exception {
        for (String name : List.of("list-1", "list-2", "list-3")) {
            api.submit(config(name));
            watch(name);
        }
        List<String> names = new ArrayList<>();
        String after = "";
        JsonNode page;
        do {
            page = api.get("/runs?limit=2&after=" + after).json();
            assertThat(page.path("runs").size()).isLessThanOrEqualTo(2);
            page.path("runs").forEach(run -> names.add(run.path("run").asText()));
            after = names.get(names.size() - 1);
        } while (page.path("more").asBoolean());
        assertThat(names).doesNotHaveDuplicates().containsSubsequence("list-3", "list-2", "list-1");
    }

    @Test
    void metricsAreThinnedOutToTheNumberThatIsAskedFor() throws Exception {
        api.submit(config("measured"));
        watch("measured");
        JsonNode prune = api.get("/runs/measured/metrics?points=7").json().at("/stages/0");
        assertThat(prune.path("recorded").asInt()).isEqualTo(30);
        assertThat(prune.path("step")).hasSize(7);
        assertThat(prune.at("/step/0").asInt()).isZero();
        assertThat(prune.at("/step/6").asInt()).isEqualTo(29);
        assertThat(prune.path("teacher")).hasSize(7);
        assertThat(prune.at("/series/loss")).hasSize(7);
        assertThat(prune.path("series").has("loss.layers"))
                .as("no step has one")
                .isFalse();
        assertThat(api.get("/runs/measured/metrics?points=2").status()).isEqualTo(400);
        assertThat(api.get("/runs/measured/metrics?points=-1").status()).isEqualTo(400);
    }

    @Test
    void keptStructuresComeInBinsOnceTheyAreKnown() throws Exception {
        hold("kept", Stage.PRUNE);
        api.submit(config("kept"));
        await("kept", Stage.PRUNE, "RUNNING");
        assertThat(api.get("/runs/kept/kept").status()).isEqualTo(204);
        release("kept", Stage.PRUNE);
        await("kept", Stage.PRUNE, "COMPLETED");
        Path file = folder.resolve("runs/kept/stages/prune/kept.json");
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                "{\"head-unit\":\"KV groups\",\"layers\":[{\"heads\":\"101\",\"ffn\":\"" + "1100".repeat(96)
                        + "\"}],\"hidden\":\"1111\"}");
        JsonNode kept = api.get("/runs/kept/kept").json();
        assertThat(kept.at("/layers/0/heads/kept").asInt()).isEqualTo(2);
        assertThat(kept.at("/layers/0/heads/of").asInt()).isEqualTo(3);
        assertThat(kept.at("/layers/0/ffn/shares")).hasSize(96).allMatch(share -> share.asDouble() == 0.5);
    }

    @Test
    void whatIsNoProperRequestIsAProblemToo() throws Exception {
        assertProblem(api.get("/nowhere"), 404);
        assertProblem(api.post("/runs/x", "{}"), 405);
        assertProblem(api.post("/runs", "{"), 400);
        assertProblem(api.post("/runs", "[]"), 400);
        assertProblem(api.post("/runs", "{\"config\":3}"), 400);
        assertProblem(api.post("/runs", "{} {}"), 400);
        assertThat(api.post("/runs", "{\"confg\":\"\"}").detail()).contains("there is no field \"confg\"");
        assertThat(api.post("/runs/watched/retry", "{\"stage\":\"dance\"}").detail())
                .contains("calibrate, prune");
        for (String from : List.of("0", "-1", "1.5", "\"2\"", "null", "99999999999")) {
            Api.Answer refused = api.post("/runs/watched/retry", "{\"stage\":\"prune\",\"from\":" + from + "}");
            assertProblem(refused, 400);
            assertThat(refused.detail()).contains("number of a student version");
        }
        assertProblem(api.post("/runs", "{\"config\":\"" + "x".repeat(3 << 20) + "\"}"), 413);
        assertProblem(api.get("/runs?limit=100000"), 400);
    }

    private static void assertProblem(Api.Answer answer, int status) {
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
        assertThat(answer.response().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.detail()).isNotEmpty();
    }

    private static List<Event> watch(String run) throws IOException, InterruptedException {
        try (Events events = api.events("/runs/" + run + "/events")) {
            return events.until(event -> event.is("ended"));
        }
    }

    private static void await(String run, Stage stage, String state) throws IOException, InterruptedException {
        try (Events events = api.events("/runs/" + run + "/events")) {
            events.until(event -> event.is("stage")
                    && event.data().path("stage").asText().equals(stage.word())
                    && event.data().path("state").asText().equals(state));
        }
    }

    private static String command(String run, String command) throws IOException, InterruptedException {
        Api.Answer answer = api.post("/runs/" + run + "/" + command, "{}");
        return answer.json().path("state").asText();
    }

    private static void hold(String run, Stage stage) {
        HELD.put(place(run, stage), new CountDownLatch(1));
    }

    private static void release(String run, Stage stage) {
        HELD.remove(place(run, stage)).countDown();
    }

    private static String place(String run, Stage stage) {
        return run + "/" + stage.word();
    }
}
