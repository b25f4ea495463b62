/** Bonsai on the coordinator: the legs, and the regression. */
package dev.espalier.methods.bonsai.policy;
