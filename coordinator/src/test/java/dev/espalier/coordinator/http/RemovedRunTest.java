package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.http.Events.Event;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those hear who watch a run that is removed, and those who watch another that gets its name. */
class RemovedRunTest {
    private static final String EVENTS = "/runs/pear/events";

    @TempDir
    Path folder;

    private final CountDownLatch working = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile boolean exportFails = true;
    private TestCoordinator coordinator;
    private Api api;

    @BeforeEach
    void start() throws Exception {
        coordinator = TestCoordinator.start(folder, HttpSettings.local(0), this::worker);
        api = Api.of(coordinator);
        api.submit(config("pear"));
    }

    @AfterEach
    void stop() {
        coordinator.close();
    }

    private Optional<Worker.Report> worker(Assignment assignment) {
        if (assignment.key().run().equals("plum")) {
            working.countDown();
            await(released);
        }
        return exportFails && assignment.key().stage().equals(Stage.EXPORT)
                ? Optional.of(TestCoordinator.failure(assignment))
                : Optional.empty();
    }

    @Test
    void aRunIsNotRemovedUnderAWorkerThatHasNotLetGoOfIt() throws Exception {
        api.submit(config("plum"));
        await(working);
        assertThat(api.post("/runs/plum/cancel", "{}").status()).isEqualTo(200);
        Api.Answer refused = api.post("/runs/plum/remove", "{}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().toString()).contains("worker worker-1 is still at work on run plum");
        released.countDown();
        int status = 409;
        for (int i = 0; i < 600 && status == 409; i++) {
            Thread.sleep(100);
            status = api.post("/runs/plum/remove", "{}").status();
        }
        assertThat(status).isEqualTo(200);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoWatchesIsToldAndNothingOfItIsToldToThoseWhoWatchAnotherOfItsName() throws Exception {
        List<Event> old;
        try (Events events = api.events(EVENTS)) {
            old = events.until(event -> event.is("ended"));
            assertThat(api.post("/runs/pear/remove", "{}").status()).isEqualTo(200);
            assertThat(events.next().kind()).isEqualTo("removed");
            assertThatThrownBy(events::next).as("the last word").isInstanceOf(NoSuchElementException.class);
        }
        assertThat(api.get(EVENTS).status()).isEqualTo(404);

        exportFails = false;
        assertThat(api.submit(config("pear")).status()).isEqualTo(201);
        try (Events events = api.events(EVENTS)) {
            List<Event> all = events.until(event -> event.is("ended"));
            assertThat(all)
                    .filteredOn(event -> isStage(event, "calibrate", "RUNNING"))
                    .hasSize(1);
            assertThat(all.get(all.size() - 1).data().path("state").asText()).isEqualTo("COMPLETED");
            assertThat(all).extracting(Event::kind).doesNotContain("missed", "removed");
        }
        for (Event event : List.of(old.get(1), old.get(old.size() - 1))) {
            try (Events events = api.events(EVENTS, "Last-Event-ID", event.id())) {
                assertThat(events.next().kind())
                        .as("who was away since " + event)
                        .isEqualTo("removed");
            }
        }
    }

    private static boolean isStage(Event event, String stage, String state) {
        return event.is("stage")
                && event.data().path("stage").asText().equals(stage)
                && event.data().path("state").asText().equals(state);
    }
}
