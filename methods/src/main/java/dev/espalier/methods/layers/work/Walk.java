package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.List;

/** Text on its way through layers, chunk by chunk: T * d floats. */
final class Walk implements AutoCloseable {
    private final Torch torch;
    private final List<int[][]> chunks;
    private NDManager owner;
    private NDList streams;
    private int at;

    private Walk(Torch torch, List<int[][]> chunks, NDManager owner, NDList streams, int at) {
        this.torch = torch;
        this.chunks = chunks;
        this.owner = owner;
        this.streams = streams;
        this.at = at;
    }

    /** Before the first layer. */
    static Walk start(Depth depth, List<int[][]> chunks) {
        NDManager owner = depth.torch().scope();
        NDList streams = new NDList();
        chunks.forEach(chunk -> streams.add(depth.embedded(owner, chunk)));
        return new Walk(depth.torch(), chunks, owner, streams, 0);
    }

    /** Another that stands where this one does. */
    Walk fork() {
        NDManager copies = torch.scope();
        NDList copied = new NDList();
        for (NDArray stream : streams) {
            NDArray copy = stream.duplicate();
            copy.attach(copies);
            copied.add(copy);
        }
        return new Walk(torch, chunks, copies, copied, at);
    }

    /** The layer that it stands before. */
    int at() {
        return at;
    }

    /** What streams into that layer, chunk by chunk [T,d]. */
    NDList streams() {
        return streams;
    }

    /** Goes through {@code layers}, which lead it to stand before layer {@code to}. */
    void on(Depth depth, int to, int... layers) {
        NDManager next = torch.scope();
        NDList moved = new NDList();
        for (int chunk = 0; chunk < chunks.size(); chunk++) {
            moved.add(depth.run(next, streams.get(chunk), chunks.get(chunk).length, layers));
        }
        owner.close();
        owner = next;
        streams = moved;
        at = to;
    }

    @Override
    public void close() {
        owner.close();
    }
}
