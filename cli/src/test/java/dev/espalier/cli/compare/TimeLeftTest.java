package dev.espalier.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
    private final TimeLeft left = new TimeLeft();

    @Test
    void nothingIsSaidBeforeARunIsOver() {
        assertThat(left.of(List.of("obs"))).isEmpty();
    }

    @Test
    void aMethodTakesAsLongAsItTookAndANewOneAsLongAsAll() {
        left.took("obs", 10);
        left.took("obs", 20);
        left.took("nuteprune", 60);

        assertThat(left.of(List.of("obs", "nuteprune"))).hasValue(15 + 60);
        assertThat(left.of(List.of("flap"))).hasValue(30);
        assertThat(left.of(List.of())).hasValue(0);
    }
}
