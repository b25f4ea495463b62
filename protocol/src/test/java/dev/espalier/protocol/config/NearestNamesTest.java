package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
    private static final List<String> KNOWN = List.of("smol-20", "smol-30", "smol-20-again", "demo");

    @Test
    void aSlipOfTheFingerFindsTheNamesNearby() {
        assertThat(NearestNames.of("smol-21", KNOWN, 5)).containsExactly("smol-20", "smol-30");
    }

    @Test
    void halfANameFindsThoseThatBeginSo() {
        assertThat(NearestNames.of("smol-", KNOWN, 2)).containsExactly("smol-20", "smol-30");
    }

    @Test
    void nothingAlikeFindsNothing() {
        assertThat(NearestNames.of("magnitude", KNOWN, 5)).isEmpty();
    }
}
