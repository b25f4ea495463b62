package dev.espalier.coordinator;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One stage of a run as its events left it.
 *
 * @param cause why it failed, or why it is done again; empty otherwise
 * @param merged assignments merged: the sequence number of the next
 * @param steps training steps merged
 * @param measured what each merged assignment that is not training measured, in order, as JSON
 * @param attempt the last attempt handed out of the assignment {@code merged}
 * @param attemptsBefore where attempts count from: the highest before the stage was last reset, so that results from
 *     then stay stale
 * @param highestAttempt of any assignment of the stage
 * @param student the newest student of this stage
 * @param sparsity its expected sparsity
 */
public record StageRecord(
        Stage stage,
        StageState state,
        Optional<Instant> started,
        Optional<Instant> ended,
        String cause,
        long merged,
        int steps,
        List<String> measured,
        int attempt,
        int attemptsBefore,
        int highestAttempt,
        Optional<BlobRef> student,
        double sparsity,
        List<Artefact> artefacts) {

    static StageRecord pending(Stage stage) {
        return reset(stage, "", 0);
    }

    private static StageRecord reset(Stage stage, String cause, int attemptsBefore) {
        return new StageRecord(
                stage,
                StageState.PENDING,
                Optional.empty(),
                Optional.empty(),
                cause,
                0,
                0,
                List.of(),
                attemptsBefore,
                attemptsBefore,
                attemptsBefore,
                Optional.empty(),
                0,
                List.of());
    }

    StageRecord reset(String why) {
        return reset(stage, why, highestAttempt);
    }

    StageRecord started(Instant at) {
        return with(StageState.RUNNING, Optional.of(at), Optional.empty(), cause);
    }

    StageRecord ended(StageState end, String why, Instant at) {
        return with(end, started, Optional.of(at), why);
    }

    /** Paused, or running again. */
    StageRecord in(StageState state) {
        return with(state, started, Optional.empty(), "");
    }

    StageRecord assigned(int attempt) {
        return new StageRecord(
                stage,
                state,
                started,
                ended,
                cause,
                merged,
                steps,
                measured,
                attempt,
                attemptsBefore,
                Math.max(highestAttempt, attempt),
                student,
                sparsity,
                artefacts);
    }

    StageRecord merged(RunEvent.Merged event) {
        WorkResult result = event.result();
        List<String> nowMeasured = measured;
        if (event.steps() == 0) {
            nowMeasured = new ArrayList<>(measured);
            nowMeasured.add(result.measurements());
        }
        List<Artefact> nowArtefacts = new ArrayList<>(artefacts);
        nowArtefacts.addAll(result.artefacts());
        return new StageRecord(
                stage,
                state,
                started,
                ended,
                cause,
                merged + 1,
                steps + event.steps(),
                List.copyOf(nowMeasured),
                attemptsBefore,
                attemptsBefore,
                highestAttempt,
                result.student().or(() -> student),
                result.student().isPresent() ? result.expectedSparsity() : sparsity,
                List.copyOf(nowArtefacts));
    }

    private StageRecord with(StageState state, Optional<Instant> started, Optional<Instant> ended, String cause) {
        return new StageRecord(
                stage,
                state,
                started,
                ended,
                cause,
                merged,
                steps,
                measured,
                attempt,
                attemptsBefore,
                highestAttempt,
                student,
                sparsity,
                artefacts);
    }
}
