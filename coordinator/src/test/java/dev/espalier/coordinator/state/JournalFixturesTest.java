package dev.espalier.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Journals as earlier versions wrote them, a line an event: manifest and bytes. A run that one of them left must be
 * what it was, and go on.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JournalFixturesTest {
    private ActorTestKit kit;

    @BeforeAll
    void start() {
        kit = ActorTestKit.create("JournalFixturesTest");
    }

    @AfterAll
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aRunThatCompletedBeforeThereWereSeveralWorkersIsComplete() throws IOException {
        RunState state = replay("completed.journal");
        assertThat(state.phase()).isEqualTo(RunPhase.COMPLETED);
        assertThat(state.stages()).extracting(StageRecord::state).containsOnly(StageState.COMPLETED);
        assertThat(state.students()).hasSize(9);
        assertThat(state.kept()).hasSize(4);
        StageRecord pruned = state.stage(Stage.PRUNE).orElseThrow();
        assertThat(pruned.steps()).isEqualTo(30);
        assertThat(pruned.cursor()).isEqualTo(30);
        assertThat(pruned.next()).isEqualTo(7);
        assertThat(pruned.measured()).hasSize(1);
        assertThat(state.stage(Stage.EVALUATE).orElseThrow().measured()).hasSize(3);
    }

    @Test
    void aRunThatFailedBeforeThereWereSeveralWorkersGoesOnWithItsNextAttempt() throws IOException {
        RunState state = replay("failed-in-recover.journal");
        assertThat(state.phase()).isEqualTo(RunPhase.FAILED);
        RunDecisions decisions = new RunDecisions(text -> new RunConfigs().build(), TeachingMethod.STAGES);
        RunState resumed = state.apply(new RunEvent.Resumed(Instant.EPOCH));
        assertThat(decisions.demand(resumed, Set.of())).isEqualTo(1);
        RunState handed = resumed.apply(decisions
                .assign(resumed, "w", 1, Set.of(), new Misfits(), Instant.EPOCH)
                .get(0));
        AssignmentKey key = handed.inFlight().get(0);
        assertThat(key).isEqualTo(new AssignmentKey("test", Stage.RECOVER, 1, 4));
        assertThat(decisions.work(handed, key).steps()).isEqualTo(5);
        assertThat(decisions.demand(handed, Set.of())).as("the last two steps").isEqualTo(1);
    }

    private RunState replay(String name) throws IOException {
        RunState state = RunState.NONE;
        for (RunEvent event : read(name)) {
            state = state.apply(event);
        }
        return state;
    }

    private List<RunEvent> read(String name) throws IOException {
        SerializerWithStringManifest serializer = (SerializerWithStringManifest)
                SerializationExtension.get(Adapter.toClassic(kit.system())).serializerFor(RunEvent.Paused.class);
        List<RunEvent> events = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                JournalFixturesTest.class.getResourceAsStream("/journal/" + name), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split(" ");
                events.add((RunEvent) serializer.fromBinary(HexFormat.of().parseHex(parts[1]), parts[0]));
            }
        }
        return events;
    }
}
