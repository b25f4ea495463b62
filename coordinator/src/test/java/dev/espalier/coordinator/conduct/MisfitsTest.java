package dev.espalier.coordinator.conduct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.Slice;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MisfitsTest {
    private final Misfits misfits = new Misfits();

    @BeforeEach
    void threeWorkers() {
        misfits.present(List.of("a", "b", "c"));
    }

    @Test
    void whoFailedAtAnAssignmentIsShunnedWhileItWaits() {
        misfits.failed(7, "a", false);
        assertThat(misfits.shunned(List.of(7L))).containsExactly("a");
        assertThat(misfits.shunned(List.of(7L, 8L))).as("it has not tried 8").isEmpty();
        assertThat(misfits.shunned(List.of())).as("new work").isEmpty();
    }

    @Test
    void whoIsNotFitForTheStageIsShunnedWhateverWaits() {
        misfits.failed(7, "a", true);
        assertThat(misfits.shunned(List.of())).containsExactly("a");
        assertThat(misfits.shunned(List.of(8L))).containsExactly("a");
        assertThat(misfits.nobodyFits()).isFalse();
    }

    @Test
    void nobodyIsShunnedWhenNobodyIsLeft() {
        List.of("a", "b", "c").forEach(worker -> misfits.failed(7, worker, false));
        assertThat(misfits.shunned(List.of(7L))).isEmpty();
        assertThat(misfits.nobodyFits()).isFalse();
        List.of("a", "b", "c").forEach(worker -> misfits.failed(7, worker, true));
        assertThat(misfits.shunned(List.of(7L))).isEmpty();
        assertThat(misfits.nobodyFits()).isTrue();
    }

    @Test
    void whoLeavesAndComesBackIsTriedAgain() {
        misfits.failed(7, "a", true);
        misfits.present(List.of("b", "c"));
        misfits.present(List.of("a", "b", "c"));
        assertThat(misfits.shunned(List.of(7L))).isEmpty();
    }

    @Test
    void whatTheJournalTellsIsRememberedOfWorkersThatComeBackLater() {
        Misfits anew = new Misfits();
        anew.remember(List.of(new Task(7, "gates", Slice.NONE, 2, List.of("a", "a"), 0, Optional.empty())));
        anew.present(List.of());
        anew.present(List.of("a"));
        assertThat(anew.shunned(List.of(7L))).as("nobody else is there").isEmpty();
        anew.present(List.of("a", "b"));
        assertThat(anew.shunned(List.of(7L))).containsExactly("a");
        anew.present(List.of("b"));
        anew.present(List.of("a", "b"));
        assertThat(anew.shunned(List.of(7L))).as("it left, and may be mended").isEmpty();
    }

    @Test
    void whoCameToNothingRestsAlsoWhenItIsAlone() {
        misfits.present(List.of("a"));
        assertThat(misfits.cameToNothing("a")).isEqualTo(1);
        assertThat(misfits.shunned(List.of(7L))).containsExactly("a");
        misfits.rested("a");
        assertThat(misfits.shunned(List.of(7L))).isEmpty();
        assertThat(misfits.cameToNothing("a")).as("in a row").isEqualTo(2);
        misfits.proved("a");
        assertThat(misfits.cameToNothing("a")).isEqualTo(1);
    }

    @Test
    void whoComesToNothingAgainAndAgainIsAskedOnlyIfNobodyElseIsThere() {
        for (int i = 0; i < Misfits.MOST_STRIKES; i++) {
            assertThat(misfits.shunned(List.of())).isEmpty();
            misfits.cameToNothing("a");
            misfits.rested("a");
        }
        assertThat(misfits.shunned(List.of())).containsExactly("a");
        misfits.present(List.of("a"));
        assertThat(misfits.shunned(List.of())).isEmpty();
        misfits.present(List.of("a", "b"));
        misfits.forget();
        assertThat(misfits.shunned(List.of())).isEmpty();
    }
}
