package dev.espalier.methods.policygradient.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuotasTest {
    @Test
    void ofEachGroupStaysWhatTheAuthorsLeave() {
        Quotas quotas = quotas(32, 32, 11008, 0.35);
        assertThat(quotas.of(0)).isEqualTo(1024 - 358);
        assertThat(quotas.of(1)).isEqualTo(32 * 11008 - 123289);
    }

    @Test
    void aLayerThatWouldLoseAllOfAKindIsRefusedWithTheMostThatCanBeTaken() {
        assertThatThrownBy(quotas(4, 2, 24, 0.7)::requireOneOfEachPart)
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.target.sparsity = 0.7")
                .hasMessageContaining("no more than 0.5000 can");
        assertThatCode(quotas(4, 2, 24, 0.5)::requireOneOfEachPart).doesNotThrowAnyException();
    }

    @Test
    void modelsOfManyHeadsLoseHalfOfThem() {
        assertThatCode(quotas(32, 32, 11008, 0.5)::requireOneOfEachPart).doesNotThrowAnyException();
        assertThatThrownBy(quotas(32, 32, 11008, 0.98)::requireOneOfEachPart)
                .hasMessageContaining("no more than 0.9687 can");
    }

    private static Quotas quotas(int layers, int heads, int channels, double sparsity) {
        List<Part> parts = new ArrayList<>();
        int[] groups = new int[2 * layers];
        for (int layer = 0; layer < layers; layer++) {
            parts.add(new Part(Kind.HEADS, layer, heads));
            parts.add(new Part(Kind.FFN, layer, channels));
            groups[2 * layer + 1] = 1;
        }
        return new Quotas(new Layout(parts), groups, sparsity);
    }
}
