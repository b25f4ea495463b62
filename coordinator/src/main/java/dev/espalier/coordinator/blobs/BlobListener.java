package dev.espalier.coordinator.blobs;

/** Hears what the data plane did, from several threads; must return at once. */
public interface BlobListener {
    /** Nobody listens. */
    BlobListener NONE = new BlobListener() {
        @Override
        public void sent(long bytes) {}

        @Override
        public void received(long bytes) {}

        @Override
        public void stored(long bytes) {}

        @Override
        public void refused(Refusal.Reason reason) {}
    };

    /** A download ended, whole or not, after so many bytes. */
    void sent(long bytes);

    /** An upload ended, whole or not, after so many bytes. */
    void received(long bytes);

    /** A blob of this length became visible. */
    void stored(long bytes);

    /** A request was refused. */
    void refused(Refusal.Reason reason);
}
