package dev.espalier.protocol.node;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.pekko.pki.pem.DERPrivateKeyLoader;
import org.apache.pekko.pki.pem.PEMDecoder;
import org.apache.pekko.pki.pem.PEMLoadingException;

/** Reads PEM files into what TLS needs. */
public final class Tls {
    private static final char[] NO_PASSWORD = new char[0];

    private Tls() {}

    /**
     * For a node: shows its certificate, and believes those that its authority signed.
     *
     * @throws UserError if a file cannot be read, is not what it should be, or has expired
     */
    public static SSLContext node(TlsConfig config) {
        Collection<X509Certificate> chain = certificates(config.certificate());
        PrivateKey key = key(config.key());
        try {
            KeyStore store = empty();
            store.setKeyEntry("node", key, NO_PASSWORD, chain.toArray(new Certificate[0]));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return context(factory.getKeyManagers(), certificates(config.ca()));
        } catch (GeneralSecurityException e) {
            throw new UserError(
                    "tls.certificate and tls.key do not go together (" + config.certificate() + ", " + config.key()
                            + "): " + e.getMessage(),
                    e);
        }
    }

    /**
     * For a client that shows nothing: believes what this authority signed.
     *
     * @throws UserError as in {@link #node}
     */
    public static SSLContext client(Path ca) {
        try {
            return context(new KeyManager[0], certificates(ca));
        } catch (GeneralSecurityException e) {
            throw new UserError(ca + " cannot be used as an authority: " + e.getMessage(), e);
        }
    }

    /**
     * What a node's HTTP port shows; empty: it speaks in the clear.
     *
     * @throws UserError as in {@link #node}
     */
    public static Optional<SSLContext> http(NodeConfig config) {
        return config.tls().filter(TlsConfig::http).map(Tls::node);
    }

    /** For the actor system: the same files, and who joins must show a certificate with one of the names in its own. */
    static Map<String, Object> remoting(TlsConfig config) {
        String files = "pekko.remote.artery.ssl.rotating-keys-engine.";
        return Map.of(
                "pekko.remote.artery.transport",
                "tls-tcp",
                "pekko.remote.artery.ssl.ssl-engine-provider",
                "org.apache.pekko.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider",
                files + "cert-file",
                config.certificate().toString(),
                files + "key-file",
                config.key().toString(),
                files + "ca-cert-file",
                config.ca().toString());
    }

    private static SSLContext context(KeyManager[] keys, Collection<X509Certificate> authorities)
            throws GeneralSecurityException {
        KeyStore store = empty();
        for (X509Certificate authority : authorities) {
            store.setCertificateEntry("ca-" + store.size(), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, factory.getTrustManagers(), null);
        return context;
    }

    static KeyStore empty() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, NO_PASSWORD);
        } catch (IOException e) {
            throw new IllegalStateException("nothing is read", e);
        }
        return store;
    }

    @SuppressWarnings("unchecked")
    static Collection<X509Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<X509Certificate> found = (Collection<X509Certificate>)
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new UserError(file + " holds no certificate: it must be a PEM file");
            }
            for (X509Certificate certificate : found) {
                certificate.checkValidity();
            }
            return found;
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (GeneralSecurityException e) {
            throw new UserError(file + " holds no valid certificate: " + e.getMessage(), e);
        }
    }

    static PrivateKey key(Path file) {
        try {
            return DERPrivateKeyLoader.load(PEMDecoder.decode(Files.readString(file)));
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (PEMLoadingException e) {
            throw new UserError(
                    file + " holds no private key that can be used: it must be a PEM file with an RSA key that is not"
                            + " encrypted",
                    e);
        }
    }

    private static UserError unreadable(Path file, IOException e) {
        return new UserError(
                file + " cannot be read (" + e.getClass().getSimpleName() + "): see tls in the node's"
                        + " configuration, or ESPALIER_TLS_CERTIFICATE, _KEY and _CA",
                e);
    }
}
