/** Calls of the engine's native library that DJL keeps to this package. */
package ai.djl.pytorch.jni;
