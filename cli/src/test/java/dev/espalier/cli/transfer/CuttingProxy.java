package dev.espalier.cli.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes connections on to a server, and cuts each of them in the middle of what is transferred. */
final class CuttingProxy implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int server;
    private final long afterBytes;
    private final AtomicInteger cuts = new AtomicInteger();

    /** @param afterBytes passed on in one direction before a connection is cut */
    CuttingProxy(int server, long afterBytes) throws IOException {
        this.server = server;
        this.afterBytes = afterBytes;
        threads.execute(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    int cuts() {
        return cuts.get();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listening.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
                threads.execute(() -> pump(client, upstream));
                threads.execute(() -> pump(upstream, client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to) {
            copy(from, to);
        } catch (IOException e) {
            // A connection that was cut here, or by one of its ends, is closed: that is all there is to do.
            return;
        }
    }

    private void copy(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[8192];
        long passed = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
            passed += count;
            if (passed > afterBytes) {
                cuts.incrementAndGet();
                throw new IOException("cut");
            }
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        threads.shutdownNow();
    }
}
