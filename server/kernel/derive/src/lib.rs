//! `#[derive(FromRow)]`: reads a row of either database into a struct, by the names of its columns.
//!
//! sqlx has a macro like it. With that one, sqlx, both drivers, TLS and SQLite itself are compiled a second time, for the
//! compiler, in every profile; see ADR 5.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Error, Field, Fields, LitStr, Type};

/// Implements `sqlx::FromRow`. A field of another type than its column says `#[row(try_from = "Uuid")]`.
#[proc_macro_derive(FromRow, attributes(row))]
pub fn from_row(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "FromRow needs a struct with named fields"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "FromRow knows no generic structs"));
    }
    let (mut reads, mut stored) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let Some(name) = &field.ident else { continue };
        let (column, own) = (name.to_string(), &field.ty);
        match column_type(field)? {
            None => {
                reads.push(quote! { #name: ::sqlx::Row::try_get(row, #column)? });
                stored.push(own.clone());
            }
            Some(raw) => {
                reads.push(quote! {
                    #name: {
                        let raw: #raw = ::sqlx::Row::try_get(row, #column)?;
                        <#own as ::std::convert::TryFrom<#raw>>::try_from(raw).map_err(|error| {
                            ::sqlx::Error::ColumnDecode { index: #column.into(), source: error.to_string().into() }
                        })?
                    }
                });
                stored.push(raw);
            }
        }
    }
    let name = &input.ident;
    Ok(quote! {
        impl<'r, R> ::sqlx::FromRow<'r, R> for #name
        where
            R: ::sqlx::Row,
            &'static str: ::sqlx::ColumnIndex<R>,
            #(#stored: ::sqlx::Decode<'r, <R as ::sqlx::Row>::Database> + ::sqlx::Type<<R as ::sqlx::Row>::Database>,)*
        {
            fn from_row(row: &'r R) -> ::std::result::Result<Self, ::sqlx::Error> {
                ::std::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

/// The type of the column, where the field names one.
fn column_type(field: &Field) -> syn::Result<Option<Type>> {
    let mut found = None;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("row")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("try_from") {
                return Err(meta.error("only try_from is known"));
            }
            let text: LitStr = meta.value()?.parse()?;
            found = Some(text.parse()?);
            Ok(())
        })?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(source: &str) -> Result<String, String> {
        let input: DeriveInput = syn::parse_str(source).map_err(|error| error.to_string())?;
        expand(&input).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_field_is_read_from_the_column_of_its_name() {
        let code = expanded("struct Row { id: i64, #[row(try_from = \"Uuid\")] company: CompanyId }").unwrap();
        assert!(code.contains("id : :: sqlx :: Row :: try_get (row , \"id\") ?"), "{code}");
        assert!(code.contains("let raw : Uuid = :: sqlx :: Row :: try_get (row , \"company\") ?"), "{code}");
        assert!(code.contains("Uuid : :: sqlx :: Decode"), "{code}");
        assert!(!code.contains("CompanyId : :: sqlx :: Decode"), "{code}");
    }

    #[test]
    fn what_it_does_not_know_is_refused_with_a_reason() {
        for (source, why) in [
            ("enum Row { A }", "named fields"),
            ("struct Row(i64);", "named fields"),
            ("struct Row<T> { id: T }", "generic"),
            ("struct Row { #[row(rename = \"x\")] id: i64 }", "only try_from"),
        ] {
            assert!(expanded(source).unwrap_err().contains(why), "{source}");
        }
    }
}
