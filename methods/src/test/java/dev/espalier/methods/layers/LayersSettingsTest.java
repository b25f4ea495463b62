package dev.espalier.methods.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.protocol.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayersSettingsTest {

    @ParameterizedTest
    @CsvSource({"0.2, 30, 6", "0.21, 30, 6", "0.22, 30, 7", "0.25, 4, 1", "0.4, 4, 2", "0.02, 30, 1"})
    void aTargetIsTheNearestNumberOfWholeLayers(double sparsity, int layers, int going) {
        assertThat(settings(Selection.GREEDY, 0, 0, -1).going(sparsity, layers)).isEqualTo(going);
    }

    @Test
    void aCountIsTakenAtItsWord() {
        assertThat(settings(Selection.GREEDY, 3, 0, -1).going(0.9, 30)).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GREEDY | 0 | 0.01 | 30 | less than half of one of the model's 30 layers",
                "GREEDY | 3 | 0.2 | 4 | prune.layers.count = 3 asks for 3 of the model's 4 layers, of which no more than 2",
                "GREEDY | 0 | 0.9 | 4 | prune.target.sparsity = 0.9 asks for 4 of the model's 4 layers",
                "ANGULAR | 3 | 0.2 | 4 | of which no more than 2 can go with prune.layers.keep = [0, -1]",
                "PREFIX | 4 | 0.2 | 4 | of which no more than 3 can go: ask for fewer",
                "GREEDY | 1 | 0.2 | 2 | of which none can go"
            })
    void whatCannotGoIsRefused(Selection select, int count, double sparsity, int layers, String told) {
        assertThatThrownBy(() -> settings(select, count, 0, -1).going(sparsity, layers))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(told);
    }

    @ParameterizedTest
    @ValueSource(ints = {22, 24, 26, 30, 32, 48})
    void whatARefusalAdvisesIsEnough(int layers) {
        LayersSettings settings = settings(Selection.GREEDY, 0, 0, -1);
        String refusal = catchThrowable(() -> settings.going(0.001, layers)).getMessage();
        double advised = Double.parseDouble(refusal.replaceAll(".*ask for ([0-9.]+) or more.*", "$1"));
        assertThat(settings.going(advised, layers)).isOne();
    }

    @Test
    void aLayerThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> settings(Selection.GREEDY, 1, 0, 30).going(0.2, 30))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.layers.keep names layer 30, but the model has 30 layers: 0 to 29");
    }

    @Test
    void layersCountFromTheEndToo() {
        assertThat(settings(Selection.GREEDY, 1, 0, 1, -1).staying(30)).containsExactly(0, 1, 29);
    }

    private static LayersSettings settings(Selection select, int count, Integer... keep) {
        return new LayersSettings(select, count, List.of(keep), 0.1, 4096, Repairing.AUTO);
    }
}
