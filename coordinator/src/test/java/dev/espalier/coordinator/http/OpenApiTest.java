package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.feed.NewsKind;
import dev.espalier.coordinator.http.Events.Event;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document and the server say the same: what one has, the other has. */
class OpenApiTest {
    private static final Map<NewsKind, String> SCHEMAS = new EnumMap<>(Map.of(
            NewsKind.STATUS, "Manifest",
            NewsKind.STAGE, "StageNews",
            NewsKind.STEP, "StepNews",
            NewsKind.KEPT, "KeptNews",
            NewsKind.PROGRESS, "ProgressNews",
            NewsKind.WAITING, "WaitingNews",
            NewsKind.ATTEMPT_FAILED, "AttemptNews",
            NewsKind.ENDED, "EndNews",
            NewsKind.BROKEN, "BrokenNews"));

    @TempDir
    static Path folder;

    private static TestCoordinator coordinator;
    private static Api api;

    private final OpenApiSchema schema = new OpenApiSchema();

    OpenApiTest() throws IOException {}

    @BeforeAll
    static void start() throws IOException {
        AtomicInteger tries = new AtomicInteger();
        coordinator = TestCoordinator.start(folder, HttpSettings.local(0), assignment -> {
            boolean fails = (assignment.key().stage().equals(Stage.RECOVER) && tries.getAndIncrement() < 1)
                    || assignment.key().stage().equals(Stage.EXPORT);
            return fails
                    ? Optional.of(new Worker.Failed(assignment.key(), "the device is on fire", false))
                    : Optional.empty();
        });
        api = Api.of(coordinator);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void theServerServesTheDocument() throws Exception {
        Api.Answer answer = api.get("/openapi.yaml");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(new YAMLMapper().readTree(answer.response().body())).isEqualTo(schema.document());
    }

    @Test
    void everyRouteIsInTheDocumentAndTheOtherWayRound() {
        Set<String> described = new TreeSet<>();
        schema.document().path("paths").properties().forEach(path -> {
            path.getValue().fieldNames().forEachRemaining(method -> {
                if (!method.equals("parameters")) {
                    described.add(method + " " + path.getKey());
                }
            });
        });
        HttpApi table = new HttpApi(
                coordinator.system(), HttpSettings.local(0), coordinator.runs(), () -> null, Optional.empty());
        Set<String> served = new TreeSet<>();
        for (Endpoint endpoint : table.endpoints()) {
            served.add(endpoint.method().name().toLowerCase(Locale.ROOT) + " " + endpoint.path());
        }
        assertThat(served).isEqualTo(described);
    }

    @Test
    void everyDescribedRouteIsServed() throws Exception {
        for (String path :
                (Iterable<String>) () -> schema.document().path("paths").fieldNames()) {
            JsonNode methods = schema.document().path("paths").path(path);
            String real = path.replace("{run}", "nobody");
            if (methods.has("get") && !path.endsWith("/events")) {
                Api.Answer answer = api.get(real);
                assertThat(answer.json().path("type").asText()).as(path).isNotEqualTo("urn:espalier:problem:rejected");
                assertThat(answer.status()).as(path).isIn(200, 404);
            }
            if (methods.has("post")) {
                assertThat(api.post(real, path.endsWith("retry") ? "{\"stage\":\"prune\"}" : "{}")
                                .status())
                        .as(path)
                        .isIn(400, 404);
            }
        }
    }

    @Test
    void everyFieldIsDescribedAndEveryDescribedFieldIsReal() throws Exception {
        String submission = new ObjectMapper().writeValueAsString(Map.of("config", config("pear")));
        schema.assertKept("Submission", new ObjectMapper().readTree(submission));
        schema.assertKept("Submission", new ObjectMapper().readTree("{\"config\":\"\",\"retry\":\"prune\"}"));
        schema.assertKept("Manifest", api.post("/runs", submission).json());
        follow();
        schema.assertKept("Manifest", skipToTheEnd());
        Files.writeString(
                folder.resolve("runs/pear/stages/prune/kept.json"),
                "{\"head-unit\":\"KV groups\",\"layers\":[{\"heads\":\"101\",\"ffn\":\"1100\"}],\"hidden\":\"1111\"}");
        schema.assertKept("Runs", api.get("/runs").json());
        schema.assertKept("Workers", api.get("/workers").json());
        schema.assertKept("Config", api.get("/runs/pear/config").json());
        schema.assertKept("Metrics", api.get("/runs/pear/metrics").json());
        schema.assertKept("Kept", api.get("/runs/pear/kept").json());
        schema.assertKept("Results", results());
        Path model = folder.resolve("runs/pear/export/hf/config.json");
        Files.createDirectories(model.getParent());
        Files.writeString(model, "{}");
        schema.assertKept("Export", api.get("/runs/pear/export").json());
        schema.assertKept("Problem", api.get("/runs/peer").json());
        schema.assertKept("Retry", new ObjectMapper().readTree("{\"stage\":\"recover\",\"from\":3}"));
        Files.writeString(folder.resolve("runs/pear/notes.txt"), "mine");
        schema.assertKept("Removal", api.post("/runs/pear/remove", "{}").json());
        assertThat(schema.unmet())
                .as("described, but never seen; what this run does not do is told by hand")
                .containsExactlyInAnyOrder(
                        // written by workers with layer-wise distillation and faithful mode
                        "#/components/schemas/StepNews/loss.layers",
                        "#/components/schemas/StepNews/loss.lagrangian",
                        // a run with validation text
                        "#/components/schemas/StepNews/loss.validation",
                        // a method whose work brings tables
                        "#/components/schemas/Manifest/stages/*/tables/*/title",
                        "#/components/schemas/Manifest/stages/*/tables/*/note",
                        "#/components/schemas/Manifest/stages/*/tables/*/columns",
                        "#/components/schemas/Manifest/stages/*/tables/*/rows",
                        // a run that nobody works for
                        "#/components/schemas/WaitingNews/time",
                        "#/components/schemas/WaitingNews/waiting",
                        // a folder or journal that cannot be written
                        "#/components/schemas/BrokenNews/time",
                        "#/components/schemas/BrokenNews/cause");
    }

    /** Of a run that measured, unlike this one. */
    private JsonNode results() throws IOException, InterruptedException {
        Path manifest = folder.resolve("runs/pear/manifest.json");
        String own = Files.readString(manifest);
        Files.writeString(
                manifest,
                """
                {"stages": [], "evaluation": {
                    "before": {"perplexity": [{"file": "/a.txt", "value": 20.0}]},
                    "after-prune": {"perplexity": [{"file": "/a.txt", "value": 25.0}]}}}
                """);
        JsonNode results = api.get("/runs/pear/results").json();
        Files.writeString(manifest, own);
        assertThat(results.at("/rows/1/cells/0/value").asText()).isEqualTo("25.00");
        assertThat(results.at("/rows/1/cells/0/change").asText()).startsWith("+25.0");
        return results;
    }

    /** All events up to the failed export, each against its schema. */
    private void follow() throws IOException, InterruptedException {
        try (Events events = api.events("/runs/pear/events")) {
            List<Event> all = events.until(event -> event.is("ended"));
            for (Event event : all) {
                schema.assertKept(SCHEMAS.get(kind(event)), event.data());
            }
            assertThat(all).extracting(Event::kind).contains("status", "stage", "step", "attempt-failed", "ended");
        }
    }

    private JsonNode skipToTheEnd() throws IOException, InterruptedException {
        api.post("/runs/pear/skip", "{}");
        try (Events events = api.events("/runs/pear/events")) {
            List<Event> all = events.until(event ->
                    event.is("ended") && event.data().path("state").asText().equals("COMPLETED"));
            for (Event event : all) {
                schema.assertKept(SCHEMAS.get(kind(event)), event.data());
            }
            assertThat(all).extracting(Event::kind).contains("progress");
        }
        return api.get("/runs/pear").json();
    }

    private static NewsKind kind(Event event) {
        return Arrays.stream(NewsKind.values())
                .filter(kind -> kind.word().equals(event.kind()))
                .findFirst()
                .orElseThrow();
    }
}
