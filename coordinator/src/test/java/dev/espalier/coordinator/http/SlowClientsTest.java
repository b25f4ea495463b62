package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Directives;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@Tag("endurance")
class SlowClientsTest {
    private static final String HALF = "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ";
    private static final int ATTACKERS = 1_100;

    private final List<Socket> open = new ArrayList<>();
    private ActorTestKit kit;
    private int port;

    @BeforeEach
    void listen() {
        kit = ActorTestKit.create(
                ConfigFactory.parseString("espalier.http.header-deadline = 2s").withFallback(ConfigFactory.load()));
        ServerBinding binding = HttpServer.start(
                        kit.system(), HttpSettings.local(0), Directives.path("live", () -> Directives.complete("ok")))
                .toCompletableFuture()
                .join();
        port = binding.localAddress().getPort();
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        kit.shutdownTestKit();
    }

    @Test
    void aThousandRequestsThatNeverEndLeaveOthersTheirTurnAndAreCutOff() throws Exception {
        for (int i = 0; i < ATTACKERS; i++) {
            Socket socket = connect("127.0.0.66");
            socket.getOutputStream().write(HALF.getBytes(StandardCharsets.US_ASCII));
        }

        Socket other = connect("127.0.0.1");
        other.getOutputStream()
                .write("GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 200 OK");

        for (Socket socket : open.subList(0, ATTACKERS)) {
            assertThat(ends(socket)).isTrue();
        }
    }

    /** One peer among many: all of 127/8 is this machine. */
    private Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(100));
        return socket;
    }

    /** Whether the server ends the connection, however it does. */
    private static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().readAllBytes() != null;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
