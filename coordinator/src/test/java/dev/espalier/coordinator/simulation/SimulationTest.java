package dev.espalier.coordinator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real coordinator among workers of which one turns bad half-way. */
class SimulationTest {
    private static final int WORKERS = 3;
    private static final int SLICES = 60;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = Scenario.Trouble.class,
            names = {"HUNG", "STALLING", "RETURNING", "POISONING"})
    void theOthersDoAllOfTheRunAndTheJournalDoesNotGrowWithAttempts(Scenario.Trouble trouble) throws Exception {
        Simulation.Outcome outcome =
                Simulation.run(directory, new Scenario(WORKERS, 100, Duration.ofMillis(20), SLICES, trouble));
        assertThat(outcome.merges()).isEqualTo(SLICES - 1);
        assertThat(outcome.repeated()).isPositive();
        assertThat(outcome.vain()).as("attempts in vain").isBetween(1, 10);
    }
}
