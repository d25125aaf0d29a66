;; attack: reads from a socket and closes one that is not its own
;; outcome: ok
;; output: "refused"
(module
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22refused\22")
  (func (export "_start")
      (local $socket i32)
      (loop $next
        (if (i32.eqz (call $recv (local.get $socket) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 64) (i32.const 68))) (then (unreachable)))
        (if (i32.eqz (call $shutdown (local.get $socket) (i32.const 3))) (then (unreachable)))
        (br_if $next (i32.lt_u (local.tee $socket (i32.add (local.get $socket) (i32.const 1))) (i32.const 16))))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 9))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
