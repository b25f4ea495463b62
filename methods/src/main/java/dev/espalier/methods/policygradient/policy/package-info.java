/** Policy gradients on the coordinator: the legs, and the versions of the distribution. */
package dev.espalier.methods.policygradient.policy;
