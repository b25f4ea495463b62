package dev.espalier.coordinator.register;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunEntry;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegisterStateTest {
    private static final Instant AT = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void aRunIsUnfinishedFromTheMomentItIsExpectedUntilItIsSeenToHaveEnded() {
        RegisterState expected = RegisterState.EMPTY.apply(expected("pear"));
        assertThat(expected.unfinished()).containsExactly("pear");
        RegisterState running = expected.apply(seen("pear", "RUNNING"));
        assertThat(running.unfinished()).containsExactly("pear");
        for (String state : List.of("PAUSED", "FAILED", "COMPLETED", "CANCELLED")) {
            assertThat(running.apply(seen("pear", state)).unfinished()).isEmpty();
        }
    }

    @Test
    void expectingARunAgainKeepsWhatIsKnownOfIt() {
        RegisterState again = RegisterState.EMPTY
                .apply(expected("pear"))
                .apply(seen("pear", "PAUSED"))
                .apply(expected("pear"));
        assertThat(again.runs().get("pear").state()).isEqualTo("PAUSED");
        assertThat(again.expected()).containsExactly("pear");
        assertThat(again.apply(seen("pear", "RUNNING")).expected()).isEmpty();
    }

    @Test
    void onlyNewsAreWorthAnEvent() {
        RegisterState state = RegisterState.EMPTY.apply(expected("pear")).apply(seen("pear", "RUNNING"));
        assertThat(state.changes(seen("pear", "RUNNING"))).isFalse();
        assertThat(state.changes(seen("pear", "PAUSED"))).isTrue();
        assertThat(state.changes(seen("apple", "PAUSED"))).as("nobody knows it").isFalse();
        assertThat(state.apply(expected("pear")).changes(seen("pear", "RUNNING")))
                .as("it ends the waiting")
                .isTrue();
    }

    @Test
    void aForgottenRunIsGone() {
        RegisterState state =
                RegisterState.EMPTY.apply(expected("pear")).apply(new RegisterEvent.Forgotten("pear", AT));
        assertThat(state).isEqualTo(RegisterState.EMPTY);
    }

    @Test
    void pagesHaveTheNewestFirst() {
        RegisterState state = RegisterState.EMPTY;
        for (String name : List.of("a", "b", "c", "d")) {
            state = state.apply(expected(name));
        }
        assertThat(state.page("", 3).runs()).extracting(RunEntry::run).containsExactly("d", "c", "b");
        assertThat(state.page("", 3).more()).isTrue();
        assertThat(state.page("b", 3).runs()).extracting(RunEntry::run).containsExactly("a");
        assertThat(state.page("b", 3).more()).isFalse();
    }

    private static RegisterEvent.Expected expected(String run) {
        return new RegisterEvent.Expected(run, "/runs/" + run, AT);
    }

    private static RegisterEvent.Seen seen(String run, String state) {
        return new RegisterEvent.Seen(run, state, "prune", AT);
    }
}
