export { longcontext } from "./subnet.ts";
