package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {
    private static final String SECRET = "0123456789abcdef";

    @Test
    void onlyTheTokenItselfIsAdmitted() {
        BearerToken token = BearerToken.of(SECRET);
        assertThat(token.admits(Optional.of("Bearer " + SECRET))).isTrue();
        assertThat(token.admits(Optional.of("bearer " + SECRET))).isTrue();
        assertThat(token.admits(Optional.empty())).isFalse();
        assertThat(token.admits(Optional.of("Bearer " + SECRET + "0"))).isFalse();
        assertThat(token.admits(Optional.of("Bearer "))).isFalse();
        assertThat(token.admits(Optional.of(SECRET))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "0123456789 abcdef", "0123456789abcdef\n"})
    void aTokenThatIsNoSecretOrNoHeaderIsTheUsersError(String token) {
        assertThatThrownBy(() -> BearerToken.of(token)).isInstanceOf(UserError.class);
    }

    @Test
    void anAddressThatOthersReachNeedsAToken() throws UnknownHostException {
        InetAddress everywhere = InetAddress.getByName("0.0.0.0");
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        assertThatThrownBy(() -> BearerToken.forAddress(everywhere, Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("bearer token");
        assertThat(BearerToken.forAddress(loopback, Optional.empty())).isEmpty();
        assertThat(BearerToken.forAddress(loopback, Optional.of(SECRET))).isPresent();
        assertThat(BearerToken.forAddress(everywhere, Optional.of(SECRET))).isPresent();
    }
}
