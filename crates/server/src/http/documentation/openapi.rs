pub fn document() -> Vec<u8> {
    b"{}".to_vec()
}
