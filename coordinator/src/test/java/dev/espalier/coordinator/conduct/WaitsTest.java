package dev.espalier.coordinator.conduct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.listener.RunListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WaitsTest {
    private final List<Optional<String>> told = new ArrayList<>();
    private final Waits waits = new Waits(new RunListener() {
        @Override
        public void waits(Optional<String> waiting) {
            told.add(waiting);
        }
    });

    @Test
    void whatLastsIsToldOnceAndItsEndAtOnce() {
        waits.look(Optional.of("a"));
        assertThat(told).as("the moment between two pieces of work").isEmpty();
        waits.look(Optional.of("a"));
        waits.look(Optional.of("a"));
        waits.look(Optional.of("b"));
        waits.look(Optional.of("b"));
        waits.look(Optional.empty());
        waits.look(Optional.empty());
        assertThat(told).containsExactly(Optional.of("a"), Optional.of("b"), Optional.empty());
    }

    @Test
    void momentsAreNeverTold() {
        for (int i = 0; i < 3; i++) {
            waits.look(Optional.of("a"));
            waits.look(Optional.empty());
        }
        assertThat(told).isEmpty();
    }

    @Test
    void itIsToldInWords() {
        assertThat(Waits.forWorkers(0, Set.of())).isEqualTo("no worker is here");
        assertThat(Waits.forWorkers(3, Set.of("c", "b"))).isEqualTo("no worker is free, of 3, and it failed on b, c");
        assertThat(Waits.forNews(
                        new Silences.Stillness(Duration.ofMinutes(12), List.of("pear"), Duration.ofSeconds(48))))
                .isEqualTo("no news for 12 min from worker pear; in 48 s its work is tried anew");
        assertThat(Waits.forNews(
                        new Silences.Stillness(Duration.ofMinutes(3), List.of("a", "b"), Duration.ofMinutes(57))))
                .isEqualTo("no news for 3 min from all 2 workers at work; in 57 min its work is tried anew");
    }
}
