package dev.espalier.protocol.node;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import dev.espalier.protocol.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigTest {
    private static final Optional<TlsConfig> TLS =
            Optional.of(new TlsConfig(Path.of("node.pem"), Path.of("node.key"), Path.of("ca.pem"), true));

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "0.0.0.0", "a-name-that-nobody-has.invalid"})
    void withoutTlsNoOtherMachineMayReachANodeUnlessThatIsSaid(String host) {
        assertThatThrownBy(() -> config(host, Optional.empty(), false).refuseStrangers())
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(host, "7701", "espalier certificates", "tls.off = true");
        assertThatCode(() -> config(host, Optional.empty(), true).refuseStrangers())
                .doesNotThrowAnyException();
        assertThatCode(() -> config(host, TLS, false).refuseStrangers()).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "localhost"})
    void onThisMachineAloneNothingNeedBeSaid(String host) {
        assertThatCode(() -> config(host, Optional.empty(), false).refuseStrangers())
                .doesNotThrowAnyException();
    }

    @Test
    void aNodeThatStrangersWouldReachDoesNotBegin() {
        assertThatThrownBy(() -> ClusterNode.start(
                        config("192.0.2.1", Optional.empty(), false),
                        ClusterNode.COORDINATOR,
                        false,
                        ConfigFactory.empty()))
                .isInstanceOf(UserError.class);
    }

    private static NodeConfig config(String host, Optional<TlsConfig> tls, boolean open) {
        return new NodeConfig(new NodeAddress(host, 7701), List.of(), 1, 20, tls, open);
    }
}
