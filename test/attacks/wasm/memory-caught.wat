;; attack: carries on after the memory limit
;; outcome: ok
;; output: "small"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22small\22")
  (func (export "_start")
      (loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 7))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
