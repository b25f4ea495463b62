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

    @Test
    void aLossThatIsNoNumberAndATextWithoutSequencesAreNoMeasurement() {
        assertThat(DomainLosses.in("{\"domains\": [{\"loss\": 2, \"sequences\": 4}]}"))
                .hasValueSatisfying(found -> assertThat(found.isMeasured()).isTrue());
        for (String domain : List.of(
                "{\"loss\": \"NaN\", \"sequences\": 4}",
                "{\"loss\": 1e999, \"sequences\": 4}",
                "{\"sequences\": 4}",
                "{\"loss\": 2, \"sequences\": -1}")) {
            assertThat(DomainLosses.in("{\"domains\": [" + domain + "]}"))
                    .hasValueSatisfying(
                            found -> assertThat(found.isMeasured()).as(domain).isFalse());
        }
    }
}
