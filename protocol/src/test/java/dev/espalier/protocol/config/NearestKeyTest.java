package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class NearestKeyTest {
    @Test
    void swappedNeighboursAreOneSlip() {
        assertThat(NearestKey.distance("stpes", "steps")).isEqualTo(1);
        assertThat(NearestKey.distance("step", "steps")).isEqualTo(1);
        assertThat(NearestKey.distance("", "abc")).isEqualTo(3);
    }

    @Test
    void nothingSimilarListsWhatThereIs() {
        assertThat(NearestKey.hint("export.colour", List.of("export.dtype", "export.formats", "seed")))
                .isEqualTo("keys here are dtype, formats");
    }

    @Property(tries = 200)
    void distanceIsSymmetricAndZeroOnlyForEqualWords(
            @ForAll @AlphaChars @StringLength(max = 8) String a, @ForAll @AlphaChars @StringLength(max = 8) String b) {
        assertThat(NearestKey.distance(a, b)).isEqualTo(NearestKey.distance(b, a));
        assertThat(NearestKey.distance(a, b) == 0).isEqualTo(a.equals(b));
    }
}
