package dev.espalier.worker.transfer;

import java.io.IOException;

/** The coordinator's answer was no, and will be no again: another try cannot help. */
public final class BlobRefused extends IOException {
    private static final long serialVersionUID = 1L;

    BlobRefused(String message) {
        super(message);
    }
}
