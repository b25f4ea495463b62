package dev.espalier.worker.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.worker.checkpoint.LayerShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final int NONE = -1;

    @Test
    void queryHeadsStandWithTheKvHeadThatTheyRead() {
        LayerShape crossed = new LayerShape(4, 2, 5, List.of(1, 0, 1, 1));
        Placement placed = Placement.of(0, crossed, 3, 3, 8);
        assertThat(placed.queries()).containsExactly(1, NONE, NONE, 0, 2, 3, NONE, NONE, NONE);
        assertThat(placed.kvs()).containsExactly(0, 1, NONE);
        assertThat(placed.shape()).isEqualTo(new LayerShape(9, 3, 8));
    }

    @Test
    void aLayerThatIsTooLargeDoesNotFit() {
        assertThatThrownBy(() -> Placement.of(0, new LayerShape(4, 2, 5), 2, 1, 5))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rotatedRowsOfAHeadAlternateBetweenItsHalves() {
        Units rows = Units.heads(List.of(1, NONE), 4, true);
        assertThat(places(rows)).containsExactly(4, 6, 5, 7, NONE, NONE, NONE, NONE);
        assertThat(places(Units.heads(List.of(1), 4, false))).containsExactly(4, 5, 6, 7);
        assertThat(places(Units.padded(2, 3))).containsExactly(0, 1, NONE);
    }

    private static int[] places(Units units) {
        int[] places = new int[units.length()];
        for (int i = 0; i < places.length; i++) {
            places[i] = units.source(i);
        }
        return places;
    }
}
