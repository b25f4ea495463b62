package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.TestCoordinator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many may watch at a time. */
class WatchersTest {
    private static final int MOST = 256;
    private static final String EVENTS = "/runs/watched/events";

    @TempDir
    Path folder;

    private TestCoordinator coordinator;
    private Api api;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        coordinator = TestCoordinator.start(folder);
        api = Api.of(coordinator);
        api.submit(config("watched"));
    }

    @AfterEach
    void stop() {
        coordinator.close();
    }

    @Test
    void whoDoesNotTakeEventsTakesNoWatchersPlace() throws Exception {
        for (int i = 0; i < 300; i++) {
            Api.Answer refused = api.send(
                    api.request(EVENTS).header("Accept", "application/json").GET());
            assertThat(refused.status()).isEqualTo(406);
        }
        try (Events events = api.events(EVENTS)) {
            assertThat(events.next().kind()).isEqualTo("status");
            assertThat(coordinator.watchers()).isEqualTo(1);
        }
    }

    @Test
    void whoIsOneTooManyWatchesWhenAnotherHasGone() throws Exception {
        Deque<Events> watching = new ArrayDeque<>();
        try {
            while (watching.size() < MOST) {
                Events events = api.events(EVENTS);
                watching.add(events);
                events.next();
            }
            Api.Answer refused = api.send(api.request(EVENTS).GET());
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.detail()).contains(MOST + " watch already");

            watching.remove().close();
            TestProbe.create(coordinator.system()).awaitAssert(Duration.ofMinutes(1), () -> {
                assertThat(coordinator.watchers()).isLessThan(MOST);
                return null;
            });
            watching.add(api.events(EVENTS));
        } finally {
            watching.forEach(Events::close);
        }
    }
}
