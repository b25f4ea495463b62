package dev.espalier.cli.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShareSearchTest {
    @Test
    void aSizeThatFallsEvenlyIsMetFromBelow() {
        ShareSearch search = new ShareSearch(share -> Optional.of(1000 - 800 * share));
        ShareSearch.Found found = search.within(617).orElseThrow();
        assertThat(found.size()).isLessThanOrEqualTo(617).isCloseTo(617, within(0.01));
        assertThat(search.within(999.9).orElseThrow().share()).isCloseTo(0.000125, within(1e-5));
    }

    @Test
    void theMostThatCanGoIsWithinReach() {
        ShareSearch search = new ShareSearch(share -> Optional.of(1000 - 800 * share));
        assertThat(search.smallest().orElseThrow().size()).isCloseTo(240, within(1e-9));
        assertThat(search.within(240.5).orElseThrow().share()).isCloseTo(0.949375, within(1e-5));
    }

    @Test
    void ofStepsTheLargestThatFits() {
        ShareSearch search = new ShareSearch(share -> Optional.of(10.0 - Math.round(10 * share)));
        assertThat(search.within(7.9).orElseThrow().size()).isEqualTo(7);
        assertThat(search.within(7).orElseThrow().size()).isEqualTo(7);
    }

    @Test
    void whatCannotBeMadeIsPassedOver() {
        ShareSearch search =
                new ShareSearch(share -> Math.abs(share - 0.333) < 0.004 ? Optional.of(1 - share) : Optional.empty());
        assertThat(search.within(0.9).orElseThrow().share()).isCloseTo(0.329, within(1e-4));
        assertThat(search.within(0.5)).isEmpty();
        assertThat(search.smallest().orElseThrow().share()).isEqualTo(0.336, within(1e-9));
    }

    @Test
    void aStepAtTheMiddleOfTwoHundredthsIsFound() {
        ShareSearch search =
                new ShareSearch(share -> Math.abs(share - 0.125) <= 0.005 ? Optional.of(0.875) : Optional.empty());
        assertThat(search.within(0.9)).isPresent();
        assertThat(search.nearest(0.5).orElseThrow().share()).isCloseTo(0.128, within(1e-9));
    }

    @Test
    void nothingCanBeMadeOfNothing() {
        ShareSearch search = new ShareSearch(share -> Optional.empty());
        assertThat(search.within(1)).isEmpty();
        assertThat(search.smallest()).isEmpty();
    }
}
