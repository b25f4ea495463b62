package dev.espalier.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DomainLossesTest {
    @Test
    void measurementsTellThemAgain() {
        DomainLosses found = new DomainLosses(List.of(2.5, 1.25), List.of(100L, 7L));
        assertThat(DomainLosses.in(found.json().toString())).contains(found);
        assertThat(DomainLosses.in("{\"parameters\": {}}")).isEmpty();
    }
}
