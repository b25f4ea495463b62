/**
 * Safetensors files, read through memory maps and written durably. Nothing here touches a tensor engine. Files come from
 * outside and are distrusted: every size is bounded and every offset checked before use, and what is wrong is said in a
 * {@link dev.espalier.protocol.UserError}.
 */
package dev.espalier.protocol.safetensors;
